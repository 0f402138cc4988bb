"""Weights to copy from: a model, or a file that is read without running any code in it."""

import contextlib
import os
import re
import zipfile

import h5py
import keras
import numpy as np
import safetensors
from keras.src.saving.saving_lib import safe_get_h5_dataset

from keras_transfer.transfer.load_model import load_model
from keras_transfer.transfer.named_weights import NamedWeight, named_weights
from keras_transfer.transfer.stages import largest_model

# Parts of a `.weights.h5` that are no weights of the model: the optimizer's state, metrics, random generators.
_OTHER = re.compile(r"optimizer|_?metrics|\w*tracker|seed_generator(_\d+)?")
_DEEPEST = 64


@contextlib.contextmanager
def weight_source(source, encoder_only=False):
    """Open what weights are to come from.

    Args:
        source: Keras model or layer, or the path of a `.keras`, `.weights.h5` or `.safetensors` file.
        encoder_only: Leave out what is around the encoder, and its name.

    Yields:
        A list of `NamedWeight`, which can be read until the block ends.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, hostile or of another kind.
    """
    if isinstance(source, keras.Layer):
        yield named_weights(encoder_of(source) if encoder_only else source)
        return
    path = os.fspath(source)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"`source` names no file; give a model, or a .keras, .weights.h5 or .safetensors file. Received: {path}"
        )
    if path.endswith(".keras"):
        model = _whole_model(path)
        yield named_weights(encoder_of(model) if encoder_only else model)
    elif path.endswith(".weights.h5"):
        with _readable(path, OSError), h5py.File(path, "r") as file:
            with _readable(path, RuntimeError, KeyError):
                found = _in_h5(path, _encoder_group(path, file) if encoder_only else file)
            yield found
    elif path.endswith(".safetensors"):
        with _readable(path, safetensors.SafetensorError), safetensors.safe_open(path, framework="numpy") as file:
            yield _in_safetensors(file, encoder_only)
    else:
        raise ValueError(
            "`source` must be a Keras model, or a .keras, .weights.h5 or .safetensors file. Files of pickles (.pt, .pth, .bin, "
            f".pkl) run code when they are opened: convert them to safetensors where they come from. Received: {path}"
        )


def encoder_of(model):
    """The part of a model that was or will be pretrained: its `encoder`, else its largest nested model, else itself."""
    encoder = getattr(model, "encoder", None)
    if isinstance(encoder, keras.Layer):
        return encoder
    at = largest_model(model._layers)
    return model if at is None else model._layers[at]


@contextlib.contextmanager
def _readable(path, *errors):
    try:
        yield
    except errors as error:
        raise ValueError(f"{path}: damaged, or not what its name says. Nothing was copied. ({error})") from error


def _whole_model(path):
    try:
        return load_model(path)
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        reason = str(error).strip().split("\n")[0]
        raise ValueError(
            f"{path}: cannot be loaded in Keras's safe mode, nothing was copied. Import the classes it is made of first; if it "
            f"is damaged, save it again. ({reason})"
        ) from error


def _in_h5(path, group):
    found = []

    def visit(group, names, depth):
        if depth > _DEEPEST:
            raise ValueError(f"{path}: groups within groups, {_DEEPEST} deep. Nothing was copied.")
        members = _members(path, group)
        weights = members.pop("vars", None)
        if weights is not None and depth:
            name = weights.attrs.get("name")
            names = (*names, name if isinstance(name, str) else group.name.rpartition("/")[2])
        if weights is not None:
            found.extend(_variables(path, weights, names))
        for key in sorted(members):
            if not _OTHER.fullmatch(key) and isinstance(members[key], h5py.Group):
                visit(members[key], names, depth + 1)

    visit(group, (), 0)
    return found


def _members(path, group):
    if not isinstance(group, h5py.Group):
        raise ValueError(f"{path}: `{group.name}` is no group. Nothing was copied.")
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ValueError(
                f"{path}: `{group.name}/{key}` points elsewhere, which weights never do. Nothing was copied."
            )
    return {key: group[key] for key in group}


def _variables(path, weights, names):
    datasets = _members(path, weights)
    for key in sorted(datasets, key=lambda key: (len(key), key)):
        try:
            dataset = safe_get_h5_dataset(weights, key)
        except ValueError as error:
            raise ValueError(f"{path}: refused. {error}") from error
        half = dataset.attrs.get("dtype") == "bfloat16"
        if not half and dataset.dtype.kind not in "fiub":
            raise ValueError(f"{path}: `{dataset.name}` holds {dataset.dtype}, not numbers. Nothing was copied.")
        index = int(key) if key.isdigit() else None

        def read(dataset=dataset, half=half):
            return np.array(dataset, dtype="bfloat16" if half else None)

        yield NamedWeight("/".join((*names, key)), tuple(dataset.shape), read, index=index)


def _encoder_group(path, file):
    """As `encoder_of`: nested models are the groups that have `layers` of their own."""
    members = _members(path, file)
    if "encoder" in members:
        return members["encoder"]
    parts = [*members.values(), *(_members(path, members["layers"]).values() if "layers" in members else ())]
    models = [part for part in parts if isinstance(part, h5py.Group) and "layers" in part]
    return max(models, key=_parameters) if models else file


def _parameters(group):
    sizes = []
    group.visititems(lambda name, item: sizes.append(item.size) if isinstance(item, h5py.Dataset) else None)
    return sum(sizes)


def _in_safetensors(file, encoder_only):
    found = []
    for key in file.keys():  # noqa: SIM118
        name = key if "/" in key else key.replace(".", "/")
        shape = tuple(file.get_slice(key).get_shape())
        found.append(NamedWeight(name, shape, lambda key=key: file.get_tensor(key)))
    inside = [weight for weight in found if weight.name.startswith("encoder/")]
    if encoder_only and inside:
        for weight in inside:
            weight.name = weight.name.removeprefix("encoder/")
        return inside
    return found
