"""Model files and weight files of strangers; the CVEs of Keras that are named are what each would do."""

import functools
import io
import json
import pathlib
import pickle
import struct
import tarfile
import tempfile
import zipfile

import h5py
import keras
import numpy as np

from keras_transfer import transfer
from tests.hostile.arrays import Payload

FAR = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": []}, "registered_name": None}


@functools.cache
def members():
    """What a sound `.keras` file holds."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="dense")])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sound.keras"
        model.save(path)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def packed(content, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, value in content.items():
            archive.writestr(name, value)
    return file.getvalue()


def model_file(make, name="x.keras"):
    """`make` gives the bytes of the file."""

    def prepare(folder):
        path = folder / name
        path.write_bytes(make())
        return lambda: transfer.load_model(str(path))

    return prepare


def with_config(config):
    return model_file(
        lambda: packed({**members(), "config.json": config if isinstance(config, bytes) else json.dumps(config)})
    )


def with_layer(layer):
    """A model with this layer in it, as its config says."""
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 4]},
        "registered_name": None,
    }
    return with_config({**FAR, "config": {"name": "s", "layers": [first, layer]}})


def layer(kind, module="keras.layers", registered=None, **config):
    return with_layer({"module": module, "class_name": kind, "config": config, "registered_name": registered})


def function(name, module):
    spoilt = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    return layer("Dense", units=2, activation=spoilt)


def weights(change):
    """The sound model with other weights: `change` is given the open HDF5 file."""

    def make():
        file = io.BytesIO(members()["model.weights.h5"])
        with h5py.File(file, "r+") as opened:
            change(opened)
        return packed({**members(), "model.weights.h5": file.getvalue()})

    return model_file(make)


def replaced(**how):
    def change(file):
        place = file["layers/dense/vars"]
        del place["0"]
        place.create_dataset("0", **how)

    return change


def linked(link):
    def change(file):
        place = file["layers/dense/vars"]
        del place["0"]
        place["0"] = link

    return change


def virtual(file):
    place = file["layers/dense/vars"]
    del place["0"]
    layout = h5py.VirtualLayout((4, 2), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4, 2))
    place.create_virtual_dataset("0", layout)


def deep(file):
    group = file
    for _ in range(200):
        group = group.create_group("g")


LAMBDA = {"class_name": "__lambda__", "config": {"value": "4wEAAAAAAAAA", "defaults": None, "closure": None}}
MODELS = {
    "a lambda layer, CVE-2024-3660 and 2026-12481": layer("Lambda", function=LAMBDA),
    "a lambda layer of os.system, CVE-2025-1550": layer(
        "Lambda", function={"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
    ),
    "a lambda that turns safe mode off, CVE-2025-9906": layer(
        "Lambda", function={"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"}
    ),
    "a download, CVE-2025-8747": layer(
        "Lambda", function={"module": "keras.utils", "class_name": "function", "config": "get_file"}, arguments={"origin": "file:///etc/passwd"}
    ),
    "a pickled module, CVE-2025-49655 and 2026-12484": layer(
        "TorchModuleWrapper", module={"class_name": "__bytes__", "config": "gASV"}
    ),
    "a layer whose name leads out, CVE-2026-12479": layer("Dense", units=2, name=".."),
    "a layer whose name leads out on Windows": layer("Dense", units=2, name="..\\..\\pwned"),
    "a layer whose name is a path": layer("Dense", units=2, name="/tmp/pwned"),
    "another SavedModel, CVE-2026-1462": layer("TFSMLayer", filepath="/tmp/evil"),
    "words from a file, CVE-2025-12058": layer("StringLookup", vocabulary="/etc/passwd"),
    "numbers from a file": layer("IntegerLookup", vocabulary="/etc/passwd"),
    "words for a tokenizer from a file": layer("TextVectorization", vocabulary="/etc/passwd"),
    "os.system for an activation": function("system", "os"),
    "eval for an activation": function("eval", "builtins"),
    "subprocess for an activation": function("run", "subprocess"),
    "get_file for an activation": function("get_file", "keras.utils"),
    "load_model for an activation": function("load_model", "keras.saving"),
    "unsafe mode for an activation": function("enable_unsafe_deserialization", "keras.config"),
    "a lambda for an activation": layer("Dense", units=2, activation=LAMBDA),
    "a lambda for an initializer": layer("Dense", units=2, kernel_initializer=LAMBDA),
    "a class of os": layer("Popen", module="subprocess"),
    "a class nobody registered": layer("Layer", module="evil.layers", registered="evil>Layer"),
    "a layer that is none": layer("nothing"),
    "a layer of wrong arguments": layer("Dense", units="many"),
    "a layer of unknown arguments": layer("Dense", units=2, evil=1),
    "layers that are no list": with_config({**FAR, "config": {"name": "s", "layers": 3}}),
    "a config without a class": with_config({"module": "keras"}),
    "a config that is a list": with_config([1]),
    "a config that is no JSON": with_config(b"{"),
    "a config that is a pickle": with_config(pickle.dumps(Payload())),
    "a deep config": with_config(b'{"class_name": ' * 50_000),
    "weights that lead to another file, CVE-2026-1669 and 9335": weights(linked(h5py.ExternalLink("/etc/passwd", "/x"))),
    "weights that lead elsewhere": weights(linked(h5py.SoftLink("/layers"))),
    "weights kept in another file, CVE-2026-1669": weights(replaced(shape=(4, 2), dtype="f4", external=[("/etc/passwd", 0, 32)])),
    "virtual weights, CVE-2026-12480": weights(virtual),
    "weights that claim terabytes, CVE-2026-0897 and 12570": weights(replaced(shape=(10**6, 10**6), dtype="f4", chunks=(64, 64))),
    "weights of another shape": weights(replaced(data=np.zeros((5, 5), "f4"))),
    "weights 200 groups deep": weights(deep),
    "weights that are no HDF5": model_file(lambda: packed({**members(), "model.weights.h5": b"hello"})),
    "cut weights": model_file(lambda: packed({**members(), "model.weights.h5": members()["model.weights.h5"][:900]})),
    "no weights": model_file(lambda: packed({k: v for k, v in members().items() if k != "model.weights.h5"})),
    "no config": model_file(lambda: packed({k: v for k, v in members().items() if k != "config.json"})),
    "a member that leaves the folder": model_file(lambda: packed({**members(), "../pwned": b"x"})),
    "a member with an absolute path": model_file(lambda: packed({**members(), "/tmp/pwned": b"x"})),
    "a member with a path of Windows": model_file(lambda: packed({**members(), "..\\pwned": b"x"})),
    "a zip bomb": model_file(lambda: packed({**members(), "assets/x": bytes(1 << 27)}, zipfile.ZIP_DEFLATED)),
    "a bomb for a config": model_file(lambda: packed({**members(), "config.json": b" " * (1 << 27)}, zipfile.ZIP_DEFLATED)),
    "an empty file": model_file(lambda: b""),
    "no archive": model_file(lambda: b"hello"),
    "a pickle": model_file(lambda: pickle.dumps(Payload())),
    "an archive cut short": model_file(lambda: packed(members())[:-50]),
    "an archive with a flipped bit": model_file(lambda: packed(members()).replace(b'"dense"', b'"densf"', 1)),
    "a legacy .h5, CVE-2025-9905": model_file(lambda: members()["model.weights.h5"], "x.h5"),
    "a pickle by its name": model_file(lambda: pickle.dumps(Payload()), "x.pkl"),
}  # fmt: skip


def link_member():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, value in members().items():
            archive.writestr(name, value)
        info = zipfile.ZipInfo("assets/x")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def tar_member(name, **options):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        for key, value in options.items():
            setattr(member, key, value)
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    return file.getvalue()


MODELS["a member that is a link"] = model_file(link_member)
MODELS["a tar that leads out, CVE-2025-12060 and 2026-11816"] = model_file(
    lambda: tar_member("../pwned", size=1), "x.tar"
)
MODELS["a tar that leads out by a link, CVE-2025-12638 and 2026-12482"] = model_file(
    lambda: tar_member("out", type=tarfile.SYMTYPE, linkname="/etc"), "x.tar"
)


@functools.cache
def target():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="dense")])


def weight_file(name, content):
    def prepare(folder):
        path = folder / name
        path.write_bytes(content() if callable(content) else content)
        return lambda: transfer.copy_weights(str(path), target())

    return prepare


def safetensors(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def h5(change):
    def make():
        file = io.BytesIO(members()["model.weights.h5"])
        with h5py.File(file, "r+") as opened:
            change(opened)
        return file.getvalue()

    return make


def tensor(**changes):
    return {"dense.kernel": {"dtype": "F32", "shape": [4, 2], "data_offsets": [0, 32], **changes}}


WEIGHTS = {
    "torch's pickles": ("x.pt", pickle.dumps(Payload())),
    "torch's pickles again": ("x.pth", b"PK\3\4"),
    "weights in a .bin": ("x.bin", pickle.dumps(Payload())),
    "a pickle": ("x.pkl", pickle.dumps(Payload())),
    "safetensors: empty": ("x.safetensors", b""),
    "safetensors: a header of 2^62 bytes": ("x.safetensors", safetensors({}, length=1 << 62)),
    "safetensors: no JSON": ("x.safetensors", safetensors(b"hello")),
    "safetensors: a pickle": ("x.safetensors", pickle.dumps(Payload())),
    "safetensors: beyond the end": ("x.safetensors", safetensors(tensor(data_offsets=[0, 1 << 40]))),
    "safetensors: another size than its shape": ("x.safetensors", safetensors(tensor(shape=[9, 9]), bytes(32))),
    "safetensors: offsets that run back": ("x.safetensors", safetensors(tensor(data_offsets=[32, 0]), bytes(32))),
    "safetensors: a dtype nobody knows": ("x.safetensors", safetensors(tensor(dtype="EVIL"), bytes(32))),
    "safetensors: bytes that nobody owns": ("x.safetensors", safetensors(tensor(), bytes(64))),
    "h5: empty": ("x.weights.h5", b""),
    "h5: text": ("x.weights.h5", b"hello"),
    "h5: cut": ("x.weights.h5", lambda: members()["model.weights.h5"][:900]),
    "h5: leads to another file": ("x.weights.h5", h5(linked(h5py.ExternalLink("/etc/passwd", "/x")))),
    "h5: leads elsewhere": ("x.weights.h5", h5(linked(h5py.SoftLink("/layers")))),
    "h5: kept in another file": ("x.weights.h5", h5(replaced(shape=(4, 2), dtype="f4", external=[("/etc/passwd", 0, 32)]))),
    "h5: virtual": ("x.weights.h5", h5(virtual)),
    "h5: claims terabytes": ("x.weights.h5", h5(replaced(shape=(10**6, 10**6), dtype="f4", chunks=(64, 64)))),
    "h5: words": ("x.weights.h5", h5(replaced(data=[b"a", b"b"]))),
    "h5: 200 groups deep": ("x.weights.h5", h5(deep)),
}  # fmt: skip
# What is known to be an attack is seen before Keras sees it.
CASES = {
    name: (prepare, r"x\.\w+ (was not loaded|does not end)" if "CVE" in name else r"x\.\w+ ")
    for name, prepare in MODELS.items()
} | {f"weights, {name}": (weight_file(*file), rf"{file[0]}") for name, file in WEIGHTS.items()}
