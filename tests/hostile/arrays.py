"""Files of arrays."""

import io
import pickle
import zipfile

import numpy as np

from keras_transfer import data

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (6, 8, 8), dtype=np.uint8)
Y = np.array([0, 1, 2, 0, 1, 2])


class Payload:
    """What a pickle would run."""

    def __reduce__(self):
        return open, ("pwned", "w")


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


def header(shape, dtype="|u1", order="False"):
    """An array's header alone, whatever it claims."""
    text = f"{{'descr': {dtype!r}, 'fortran_order': {order}, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text.encode()


def archive(compression=zipfile.ZIP_STORED, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name if "." in name else f"{name}.npy", content)
    return file.getvalue()


def npz(content=None, part="labelled", **arrays):
    def prepare(folder):
        path = folder / "x.npz"
        if content is None:
            path.write_bytes(archive(**{name: npy(value) for name, value in arrays.items()}))
        else:
            path.write_bytes(content)
        return lambda: data.load_images(**{part: path})

    return prepare


def labelled(x=X, y=Y, **more):
    return npz(x_labelled=x, y_labelled=y, **more)


def raw(x):
    return npz(archive(x_labelled=x, y_labelled=npy(Y)))


NAN = np.where(np.arange(64).reshape(8, 8) == 5, np.nan, 0.5) * np.ones((6, 1, 1))
PICKLE = pickle.dumps(Payload())
DAMAGED = r"x\.npz\) cannot be read as an .npz"
CASES = {
    "a pickle called .npz": (npz(PICKLE), DAMAGED),
    "an array of objects": (labelled(np.array([Payload()] * 6, dtype=object)), "`x_labelled` cannot be read: .*pickles"),
    "labels of objects": (labelled(y=np.array([Payload()] * 6, dtype=object)), "`y_labelled` cannot be read: .*pickles"),
    "class names of objects": (labelled(class_names=np.array([Payload()], dtype=object)), "`class_names` cannot be read"),
    "a member that is a pickle": (raw(PICKLE), "`x_labelled`"),
    "a single array": (npz(npy(X)), DAMAGED),
    "an empty file": (npz(b""), DAMAGED),
    "a cut file": (npz(archive(x_labelled=npy(X), y_labelled=npy(Y))[:200]), DAMAGED),
    "a cut member": (raw(npy(X)[:-5]), "x_labelled"),
    "a member with a wrong checksum": (
        npz(archive(x_labelled=npy(X), y_labelled=npy(Y)).replace(X.tobytes(), bytes(X.size))), "`x_labelled` is damaged"),
    "a header that claims terabytes": (raw(header((10**6, 2000, 2000))), r"`x_labelled` is damaged \(it claims"),
    "a header that claims more than 2^64": (raw(header((2**40, 2**40))), "`x_labelled`"),
    "a header with negative sizes": (raw(header((-1, 8, 8))), "`x_labelled`"),
    "a header that is code": (raw(header("__import__('os').system('touch pwned')")), "`x_labelled`"),
    "a header of another version": (raw(b"\x93NUMPY\x09\0" + bytes(20)), "`x_labelled`"),
    "a dtype that is nonsense": (raw(header((6, 8, 8), "banana")), "`x_labelled`"),
    "a bomb of zeros": (
        npz(archive(zipfile.ZIP_DEFLATED, x_labelled=header((1 << 18, 32, 32)) + bytes(1 << 28), y_labelled=npy(Y))),
        "`x_labelled`"),
    "members with paths": (npz(archive(**{"../x_labelled.npy": npy(X), "y_labelled": npy(Y)})), "lacks the array `x_labelled`"),
    "no images": (npz(y_labelled=Y), "lacks the array `x_labelled`"),
    "no labels": (npz(x_labelled=X), "lacks the array `y_labelled`"),
    "nothing": (npz(archive()), "lacks the array"),
    "rows of pixels": (labelled(X.reshape(6, 64)), "`x_labelled` .* wrong shape"),
    "channels first": (labelled(np.zeros((6, 3, 8, 8), np.uint8)), "channels first"),
    "four channels": (labelled(np.zeros((6, 8, 8, 4), np.uint8)), "Four channels are colour and opacity"),
    "five axes": (labelled(X[:, None, None]), "wrong shape"),
    "a scalar": (labelled(np.uint8(3)), "wrong shape"),
    "no image": (labelled(X[:0], Y[:0]), "holds no images"),
    "images without height": (labelled(X[:, :0]), "wrong shape"),
    "NaN": (labelled(NAN), "holds pixels that are not numbers"),
    "infinity": (labelled(np.where(np.isnan(NAN), np.inf, NAN)), "holds pixels that are not numbers"),
    "negative pixels": (labelled(X.astype(np.float32) - 128), "unknown range"),
    "pixels of thousands": (labelled(X.astype(np.int32) * 100), "unknown range"),
    "black": (labelled(X * 0), "is black throughout"),
    "complex pixels": (labelled(X.astype(np.complex64)), "must hold numbers"),
    "words for pixels": (labelled(X.astype("U3")), "must hold numbers"),
    "times for pixels": (labelled(X.astype("M8[s]")), "must hold numbers"),
    "records for pixels": (labelled(np.zeros((6, 8, 8), [("r", "u1"), ("g", "u1")])), "must hold numbers"),
    "fewer labels": (labelled(y=Y[:4]), "must have the same length"),
    "one-hot labels": (labelled(y=np.eye(3)[Y]), "one label per image"),
    "labels that are fractions": (labelled(y=Y + 0.5), "must be whole numbers or strings"),
    "labels that are NaN": (labelled(y=np.full(6, np.nan)), "must be whole numbers or strings"),
    "labels that are times": (labelled(y=Y.astype("M8[s]")), "must be whole numbers or strings"),
    "labels that are empty": (labelled(y=np.array(["a", "", "b", "a", "", "b"])), "has an empty label"),
    "labels beyond the names": (labelled(class_names=np.array(["a", "b"])), "has a label without a name"),
    "labels below zero": (labelled(y=Y - 1, class_names=np.array(["a", "b", "c"])), "has a label without a name"),
    "labels that are no UTF-8": (labelled(y=np.array([b"a", b"\xff"] * 3)), "y_labelled"),
    "one class": (labelled(y=Y * 0), "has one class only"),
}  # fmt: skip
