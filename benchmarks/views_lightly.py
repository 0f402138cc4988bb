"""One round of lightly's SimCLRTransform, for `views.py`: size, images, batch size, workers -> a line of JSON."""

import json
import os
import sys
import time

import numpy as np
import torch
from lightly.transforms import SimCLRTransform
from PIL import Image


class Images(torch.utils.data.Dataset):
    """Random images in memory, two views each."""

    def __init__(self, size, count):
        self.images = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
        self.transform = SimCLRTransform(input_size=size)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index]))


def processor():
    """Seconds of this process and of its workers that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main():
    size, count, batch_size, workers = (int(argument) for argument in sys.argv[1:])
    torch.set_num_threads(1)
    loader = torch.utils.data.DataLoader(
        Images(size, count), batch_size, shuffle=True, drop_last=True, num_workers=workers
    )
    busy = processor()
    batches = iter(loader)
    views = next(batches)  # the workers start with the first batches
    start = time.perf_counter()
    made = 0
    for views in batches:
        made += len(views[0])
    seconds = time.perf_counter() - start
    del batches  # the workers end, and their times are counted
    everything = made + batch_size
    print(json.dumps({"per_second": made / seconds, "per_processor_second": everything / (processor() - busy)}))


if __name__ == "__main__":
    main()
