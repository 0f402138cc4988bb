"""Looking into a `.keras` file before Keras does."""

import json
import ntpath
import zipfile

import h5py
import keras

_PACKAGES = ("builtins", "keras", "keras_transfer", "keras_hub", "keras_nlp", "keras_cv")
_CODE = ("Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer")
_READ_FROM_DISK = ("vocabulary", "idf_weights", "merges", "proto")
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_LARGEST_CONFIG = 1 << 28
_EXPANSION, _FLOOR = 100, 1 << 20  # Keras stores members as they are
_DEEPEST = 64


def check_model_file(path):
    """Refuse a `.keras` file that is damaged, or asks for what no saved model needs; nothing in it is run or unpacked.

    That is: code (lambdas, pickled modules, SavedModels), classes of packages that have not registered them with Keras, files
    of this machine (vocabularies by path, links and external data in the weights), members that leave the archive, and sizes
    far beyond what is stored.

    Args:
        path: The file.

    Raises:
        ValueError: with the path and what was found.
    """
    if not path.endswith(".keras"):
        raise ValueError(
            f"{path} does not end in .keras; only files that `model.save` wrote in that format are loaded."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive)
            _check_config(path, _config(path, archive))
            if _WEIGHTS in archive.namelist():
                with archive.open(_WEIGHTS) as member, h5py.File(member, "r") as weights:
                    _check_group(path, weights, 0)
    except (OSError, EOFError, RuntimeError, KeyError, NotImplementedError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged, or no .keras file: {_line(error)}. Copy or save it again.") from error


def _check_members(path, archive):
    seen = set()
    for info in archive.infolist():
        name = info.filename
        if name in seen:
            raise _refused(path, f"two members are called {name!r}")
        seen.add(name)
        if _leads_away(name):
            raise _refused(path, f"the member {name!r} would leave the folder")
        if info.external_attr >> 28 == 0xA:
            raise _refused(path, f"the member {name!r} is a link")
        if info.file_size > _FLOOR and info.file_size > _EXPANSION * info.compress_size:
            raise _refused(
                path, f"the member {name!r} would grow to {info.file_size:,} bytes from {info.compress_size:,}"
            )


def _leads_away(name):
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or bool(ntpath.splitdrive(name)[0]) or "\0" in name


def _config(path, archive):
    if _CONFIG not in archive.namelist():
        raise ValueError(f"{path} is damaged, or no .keras file: it holds no {_CONFIG}. Copy or save it again.")
    if archive.getinfo(_CONFIG).file_size > _LARGEST_CONFIG:
        raise _refused(path, f"{_CONFIG} has {archive.getinfo(_CONFIG).file_size:,} bytes")
    try:
        config = json.loads(archive.read(_CONFIG))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged: {_CONFIG} is not JSON ({_line(error)}). Copy or save it again."
        ) from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(f"{path} is damaged: {_CONFIG} describes no model. Copy or save it again.")
    return config


def _check_config(path, config):
    waiting = [config]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, list):
            waiting += thing
        elif isinstance(thing, dict):
            _check_object(path, thing)
            waiting += thing.values()


def _check_object(path, thing):
    name, module = thing.get("class_name"), thing.get("module")
    if name in _CODE:
        raise _refused(path, f"it holds code ({name}), which would run when the model is loaded")
    config = thing.get("config")
    own = config.get("name") if isinstance(config, dict) else None
    if isinstance(own, str) and _leads_away(own):
        raise _refused(path, f"it calls a {name} {own!r}, by which a folder outside would be written when it is saved")
    for key in _READ_FROM_DISK:
        if isinstance(thing.get(key), str):
            raise _refused(path, f"`{key}` names a file of this machine, {thing[key]!r}")
    if not isinstance(name, str) or not isinstance(module, str) or module.partition(".")[0] in _PACKAGES:
        return
    registered = thing.get("registered_name")
    if not isinstance(registered, str) or keras.saving.get_registered_object(registered) is None:
        raise _refused(
            path,
            f"it asks for {module}.{name}, which is not registered with Keras; if you trust it, import the module that "
            "registers it first",
        )


def _check_group(path, group, depth):
    if depth > _DEEPEST:
        raise _refused(path, f"its weights lie more than {_DEEPEST} groups deep")
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise _refused(path, f"`{group.name}/{key}` in its weights points elsewhere")
        member = group[key]
        if isinstance(member, h5py.Group):
            _check_group(path, member, depth + 1)
        elif isinstance(member, h5py.Dataset):
            if member.external or member.is_virtual:
                raise _refused(path, f"`{member.name}` in its weights reads another file")
            stored = member.id.get_storage_size()
            if member.nbytes > _FLOOR and member.nbytes > _EXPANSION * stored:
                raise _refused(
                    path, f"`{member.name}` in its weights claims {member.nbytes:,} bytes and has {stored:,}"
                )


def _refused(path, reason):
    return ValueError(f"{path} was not loaded: {reason}.")


def _line(error):
    return " ".join((str(error) or type(error).__name__).split())
