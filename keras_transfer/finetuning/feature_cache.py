"""Outputs of frozen layers, computed once."""

import hashlib
import json
import os

import keras
import numpy as np

from keras_transfer.data.batches import sample_seeds
from keras_transfer.data.file_sha256 import file_sha256
from keras_transfer.finetuning.frozen_prefix import run
from keras_transfer.transfer.model_hash import model_hash
from keras_transfer.version import __version__
from keras_transfer.whole_file import whole_file

FORMAT = "keras_transfer features 1"


class FeatureCache:
    """Keeps what frozen layers make of data, in memory or on disk, for `finetune(..., cache=...)` and `probe`.

    An entry is found by the hash of the layers' architecture and weights and of the data that went into them: with other weights
    or data it is another one. One cache may serve several trainings, such as all trials of `choose_budget` and all seeds.

    On disk an entry is a `.npy`, read as a memory map, and a `.json` that says what it is and holds its checksum; both appear
    when they are complete. Damaged entries, and files that are no entries, are refused by name.

    Args:
        folder: Where entries are kept; made if it is not there. None: in memory.
        views: How many random views of each sample are kept where inputs are augmented, from which every epoch draws one. 0:
            augmented inputs are refused.

    Raises:
        ValueError: if `views` is not a whole number from 0.
        NotADirectoryError: if `folder` is a file.

    Example:
        >>> cache = keras_transfer.finetuning.FeatureCache("cache")
        >>> for seed in range(5):
        ...     keras_transfer.finetuning.finetune(classifier(), x, y, "gradual", seed=seed, cache=cache)
    """

    def __init__(self, folder=None, views=0):
        if isinstance(views, bool) or int(views) != views or views < 0:
            raise ValueError(f"`views` must be a whole number from 0. Received: views={views!r}")
        self.folder, self.views = None if folder is None else os.fspath(folder), int(views)
        self.computed = 0
        self._entries = {}
        if self.folder is not None:
            if os.path.exists(self.folder) and not os.path.isdir(self.folder):
                raise NotADirectoryError(
                    f"`folder` must be a folder for cached features. Received: the file {self.folder}"
                )
            os.makedirs(self.folder, exist_ok=True)

    def features(self, layers, x, augment=None, seed=0, batch_size=256):
        """Outputs of layers for all samples, computed if they are not there yet.

        Args:
            layers: Layers that take each other's outputs, the first `x`; they run as in evaluation.
            x: Inputs, `(samples, ...)`.
            augment: Function of `(inputs, seeds)`, as for `finetune`, or None.
            seed: Of the augmentation.
            batch_size: Samples at a time.

        Returns:
            Array of shape `(samples, ...)`, or with `augment` `(views, samples, ...)`; from disk, a memory map.

        Raises:
            ValueError: if there is an `augment` and `views` is 0, or an entry is damaged or not ours.
        """
        if augment is not None and not self.views:
            raise ValueError(
                "Features cannot be cached: inputs are augmented anew in every epoch. Keep several views of each sample, "
                "FeatureCache(views=8), or train without `augment`."
            )
        x, views = np.asarray(x), self.views if augment is not None else 1

        def parts():
            for view in range(views):
                seeds = sample_seeds(seed, view, len(x))
                for start in range(0, len(x), batch_size):
                    rows = slice(start, start + batch_size)
                    yield x[rows] if augment is None else np.asarray(augment(x[rows], seeds[rows]))

        shape = (views, len(x)) if augment is not None else (len(x),)
        about = {"format": FORMAT, "model_sha256": _layers_hash(layers), "data_sha256": _data_hash(parts(), shape)}
        key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
        if key not in self._entries:
            outputs = (_array(run(layers, part)) for part in parts())
            self._entries[key] = self._kept(key, about, outputs, shape)
        return self._entries[key]

    def _kept(self, key, about, outputs, shape):
        if self.folder is None:
            self.computed += 1
            found = np.concatenate(list(outputs))
            return found.reshape(*shape, *found.shape[1:])
        path = os.path.join(self.folder, key)
        if not os.path.exists(f"{path}.json"):
            self.computed += 1
            _write(path, about, outputs, shape)
        return _read(path, about)


def _layers_hash(layers):
    digest = hashlib.sha256()
    for layer in layers:
        digest.update(f"{model_hash(layer)} {keras.config.floatx()}".encode())
    return digest.hexdigest()


def _data_hash(parts, shape):
    digest = hashlib.sha256(str(shape).encode())
    for number, part in enumerate(parts):
        if number == 0:
            digest.update(f"{part.dtype} {part.shape[1:]}".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _array(outputs):
    found = np.ascontiguousarray(keras.ops.convert_to_numpy(outputs))
    # A .npy has no bfloat16.
    return found if found.dtype.kind in "fiub" else found.astype(np.float32)


def _write(path, about, outputs, shape):
    first = next(outputs)
    header = {
        "descr": np.lib.format.dtype_to_descr(first.dtype),
        "fortran_order": False,
        "shape": (*shape, *first.shape[1:]),
    }
    with whole_file(f"{path}.npy") as temporary:
        # One batch after the other: a full disk is an error here, under a memory map it would be a signal that kills.
        with open(temporary, "wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            file.write(first.tobytes())
            for part in outputs:
                file.write(part.tobytes())
        digest = file_sha256(temporary)
    entry = {**about, "sha256": digest, "shape": list(header["shape"]), "keras_transfer": __version__}
    with whole_file(f"{path}.json") as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump(entry, file, indent=2)


def _read(path, about):
    try:
        with open(f"{path}.json", encoding="utf-8") as file:
            entry = json.load(file)
        wrong = [name for name, value in about.items() if entry.get(name) != value]
    except (AttributeError, OSError, ValueError) as error:
        raise _refused(f"{path}.json", f"it cannot be read ({error})") from error
    if wrong:
        raise _refused(f"{path}.json", f"it is not the entry of this model and data: {', '.join(wrong)} differ")
    try:
        if file_sha256(f"{path}.npy") != entry.get("sha256"):
            raise _refused(f"{path}.npy", "its checksum is not that of what was written: it is damaged or cut off")
        return np.load(f"{path}.npy", mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise _refused(f"{path}.npy", f"it cannot be read ({error.strerror})") from error


def _refused(file, reason):
    return ValueError(f"Cached features in {file} are not used: {reason}. Delete the file to have them computed again.")
