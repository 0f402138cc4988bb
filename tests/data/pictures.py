"""Made-up pictures, as arrays and in files."""

import numpy as np
from PIL import Image

RNG = np.random.default_rng(0)


def picture(size=(10, 12), channels=3):
    shape = size if channels == 1 else (*size, channels)
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def save(path, array=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    array = picture() if array is None else array
    Image.fromarray(array).save(path, **options)
    return array


def classes(folder, count=3, size=(10, 12)):
    for name in ("cat", "dog"):
        for i in range(count):
            save(folder / name / f"{i}.png", picture(size))
    return folder


def arrays(**changes):
    """A good .npz's arrays: three classes, 28 x 28 grey."""
    made = {
        "x_unlabelled": picture((28, 28), 9).transpose(2, 0, 1),
        "x_labelled": picture((28, 28), 6).transpose(2, 0, 1),
        "y_labelled": np.array([0, 1, 2, 0, 1, 2]),
        "x_test": picture((28, 28), 4).transpose(2, 0, 1),
        "y_test": np.array([2, 1, 0, 0]),
    }
    made.update(changes)
    return {name: array for name, array in made.items() if array is not None}


def npz(folder, **changes):
    path = folder / "data.npz"
    np.savez(path, **arrays(**changes))
    return path
