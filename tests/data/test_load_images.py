import io
import os
import re
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_transfer import data

RNG = np.random.default_rng(0)


def picture(size=(10, 12), channels=3):
    shape = size if channels == 1 else (*size, channels)
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def save(path, array=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    array = picture() if array is None else array
    Image.fromarray(array).save(path, **options)
    return array


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


def load_all(path, **options):
    return data.load_images(path, path, path, path, **options)


def classes(folder, count=3, size=(10, 12)):
    for name in ("cat", "dog"):
        for i in range(count):
            save(folder / name / f"{i}.png", picture(size))
    return folder


# -- the default --


def test_default_is_disjoint_complete_and_stratified():
    images = data.load_images()
    assert images.image_shape == (8, 8, 1) and images.classes == 10 and images.x_validation is None
    assert np.bincount(images.y_labelled).tolist() == [5] * 10
    counts = np.bincount(images.y_test)
    assert counts.min() >= 52 and counts.max() <= 55
    assert len(images.x_unlabelled) + len(images.x_labelled) + len(images.x_test) == 1797
    everything = np.concatenate([images.x_unlabelled, images.x_labelled, images.x_test])
    assert len(np.unique(everything.reshape(1797, -1), axis=0)) == 1797
    assert everything.max() == 255 and "scikit-learn" in images.summary()


def test_default_in_another_size():
    assert data.load_images(image_size=16).x_test.shape == (539, 16, 16, 1)


# -- .npz --


def test_one_npz_for_all(tmp_path):
    given = arrays()
    images = load_all(npz(tmp_path, **given))
    np.testing.assert_array_equal(images.x_unlabelled[..., 0], given["x_unlabelled"])
    np.testing.assert_array_equal(images.y_test, [2, 1, 0, 0])
    assert images.class_names == ("0", "1", "2") and images.y_labelled.dtype == np.int32
    assert "no validation set" in images.notes[0]


def test_validation_from_the_npz(tmp_path):
    path = npz(tmp_path, x_validation=picture((28, 28), 2).transpose(2, 0, 1), y_validation=np.array([1, 0]))
    images = load_all(path)
    assert images.x_validation.shape == (2, 28, 28, 1) and images.y_validation.tolist() == [1, 0]


def test_colour_and_trailing_channel(tmp_path):
    one = npz(tmp_path, **{k: np.stack([v] * 3, -1) for k, v in arrays().items() if k[0] == "x"})
    assert load_all(one).image_shape == (28, 28, 3)
    two = npz(tmp_path, **{k: v[..., None] for k, v in arrays().items() if k[0] == "x"})
    assert load_all(two).image_shape == (28, 28, 1)


@pytest.mark.parametrize(
    ("convert", "said"),
    [
        (lambda x: (x / 255).astype("float32"), "taken as 0 to 1"),
        (lambda x: x.astype("float64"), "taken as 0 to 255"),
        (lambda x: x.astype("int64"), "taken as 0 to 255"),
        (lambda x: x.astype("uint16") * 257, "16-bit"),
    ],
)
def test_pixels_in_other_ranges(tmp_path, convert, said):
    given = arrays()
    images = load_all(npz(tmp_path, **{k: convert(v) if k[0] == "x" else v for k, v in given.items()}))
    np.testing.assert_array_equal(images.x_unlabelled[..., 0], given["x_unlabelled"])
    assert said in " ".join(images.notes)


def test_booleans_and_zero_one_bytes_become_black_and_white(tmp_path):
    for dtype in (bool, np.uint8):
        x = (arrays()["x_unlabelled"] > 99).astype(dtype)
        assert set(np.unique(load_all(npz(tmp_path, x_unlabelled=x)).x_unlabelled)) == {0, 255}


@pytest.mark.parametrize(
    ("labelled", "test", "names", "numbers"),
    [
        ([7, -1, 7, 30, 30, -1], [30, 7, -1, 7], ("-1", "7", "30"), [2, 1, 0, 1]),
        (["b", "a", "b", "c", "c", "a"], ["c", "b", "a", "b"], ("a", "b", "c"), [2, 1, 0, 1]),
        ([[1.0], [0.0], [1.0], [2.0], [2.0], [0.0]], [2, 1, 0, 1], ("0", "1", "2"), [2, 1, 0, 1]),
        ([b"b", b"a", b"b", b"c", b"c", b"a"], ["c", "b", "a", "b"], ("a", "b", "c"), [2, 1, 0, 1]),
    ],
)
def test_labels_of_any_kind(tmp_path, labelled, test, names, numbers):
    images = load_all(npz(tmp_path, y_labelled=np.array(labelled), y_test=np.array(test)))
    assert images.class_names == names and images.y_test.tolist() == numbers


@pytest.mark.parametrize("key", ["class_names", "classes"])
def test_class_names_in_the_npz(tmp_path, key):
    images = load_all(npz(tmp_path, **{key: np.array(["shoe", "bag", "hat"])}))
    assert images.class_names == ("shoe", "bag", "hat") and images.y_test.tolist() == [2, 1, 0, 0]


def test_a_part_in_another_npz_and_labelled_alone(tmp_path):
    path = npz(tmp_path)
    images = data.load_images(labelled=path, test=path)
    np.testing.assert_array_equal(images.x_unlabelled, images.x_labelled)
    assert "labelled ones are used for pretraining" in " ".join(images.notes)
    images = data.load_images(path)
    assert images.x_labelled is None and images.class_names == ()


def test_test_images_among_the_others_are_counted(tmp_path):
    given = arrays()
    given["x_unlabelled"][3] = given["x_test"][1]
    images = load_all(npz(tmp_path, **given))
    assert "1 of 4 test images are among the unlabelled ones, pixel by pixel." in images.notes


def test_missing_test_class_is_noted(tmp_path):
    images = load_all(npz(tmp_path, y_test=np.array([0, 0, 1, 1])))
    assert "has no image of 1 classes, such as '2'" in " ".join(images.notes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(x_labelled=None), r"`labelled` \(.*data.npz\) lacks the array `x_labelled`. Received arrays: x_unlabelled, y_lab"),
        (dict(y_test=None), r"`test` .* lacks the array `y_test`"),
        (dict(y_labelled=np.arange(5)), "`x_labelled` and `y_labelled` must have the same length. Received: 6 and 5"),
        (dict(x_test=np.zeros((4, 784))), r"`x_test` .* wrong shape. Received: \(4, 784\).*reshaped"),
        (dict(x_test=np.ones((4, 3, 28, 28))), r"Received: \(4, 3, 28, 28\).*channels first"),
        (dict(x_test=np.ones((4, 28, 28, 4))), r"Received: \(4, 28, 28, 4\).*opacity"),
        (dict(x_test=np.ones((0, 28, 28))), "holds no images"),
        (dict(x_test=np.full((4, 28, 28), "a")), "must hold numbers"),
        (dict(x_test=np.where(np.arange(4)[:, None, None] == 2, np.nan, np.ones((4, 28, 28)))), "NaN or infinite.*in image 2"),
        (dict(x_test=np.linspace(-1, 1, 4 * 784).reshape(4, 28, 28)), "unknown range. Received: -1 to 1 .*0 to 1 or 0 to 255"),
        (dict(x_test=np.linspace(0, 16, 4 * 784).reshape(4, 28, 28)), "unknown range. Received: 0 to 16"),
        (dict(x_test=np.linspace(0, 4000, 4 * 784).reshape(4, 28, 28)), "unknown range. Received: 0 to 4000"),
        (dict(x_test=np.zeros((4, 28, 28), np.uint8)), "black throughout"),
        (dict(x_test=np.ones((4, 32, 32))), r"different sizes. Received: .*28 x 28.*32 x 32. Give `image_size`"),
        (dict(y_test=np.array([0, 1, 2, 9])), "classes that the labelled part never shows. Received: '9'; known: '0', '1', '2'"),
        (dict(y_labelled=np.zeros(6, int)), "one class only. Received: '0'"),
        (dict(y_labelled=np.eye(6)), r"one label per image.*\(6, 6\).*argmax"),
        (dict(y_labelled=np.array([0, 1, 2, 0, 1, 0.5])), "whole numbers or strings. Received: 0.5 at row 5"),
        (dict(y_labelled=np.array(["a", "b", " ", "a", "b", "a"])), "empty label. Received: the first at row 2"),
        (dict(y_test=np.array([0, 1, 2, 3]), class_names=np.array(["a", "b", "c"])), "label without a name. Received: 3 at row"),
        (dict(y_labelled=np.array([0, 1, 2, 0, 1, {}], object)), "`y_labelled` cannot be read.*never opened"),
    ],
)  # fmt: skip
def test_bad_arrays_are_named(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        load_all(npz(tmp_path, **changes))


def test_damaged_npz_is_named(tmp_path):
    path = npz(tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", b"no zip", whole[: len(whole) // 2], whole[:500] + bytes(300) + whole[800:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"`unlabelled` \(.*data.npz\) cannot be read as an .npz"):
            load_all(path)


def test_missing_and_unknown_sources_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"`test` \(.*nowhere\) does not exist"):
        data.load_images(labelled=npz(tmp_path), test=tmp_path / "nowhere")
    (tmp_path / "a.parquet").write_text("x")
    with pytest.raises(ValueError, match=r"neither a folder nor a .csv nor an .npz.*'.parquet'"):
        data.load_images(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="`labelled` is missing"):
        data.load_images(npz(tmp_path), test=npz(tmp_path))


# -- folders --


def test_folders(tmp_path):
    kept = {name: save(tmp_path / "photos" / f"sub/{name}.png") for name in ("b", "ä ö")}
    images = data.load_images(tmp_path / "photos", classes(tmp_path / "sorted"), test=classes(tmp_path / "test", 2))
    np.testing.assert_array_equal(images.x_unlabelled, [kept["b"], kept["ä ö"]])
    assert images.class_names == ("cat", "dog") and images.y_labelled.tolist() == [0, 0, 0, 1, 1, 1]
    assert images.x_test.shape == (4, 10, 12, 3) and images.skipped == ()


def test_every_kind_of_file_is_read(tmp_path):
    grey = picture(channels=1)
    for ending in ("png", "bmp", "tif", "tiff", "pgm", "gif"):
        save(tmp_path / f"x.{ending}", grey)
    images = data.load_images(tmp_path)
    assert len(images.x_unlabelled) == 6
    assert all(np.array_equal(image[..., 0], grey) for image in images.x_unlabelled)
    smooth = np.tile(np.linspace(0, 255, 12).astype(np.uint8)[None, :, None], (10, 1, 3))
    for ending in ("jpg", "JPEG", "webp"):
        save(tmp_path / "lossy" / f"x.{ending}", smooth, quality=95)
    lossy = data.load_images(tmp_path / "lossy").x_unlabelled
    assert len(lossy) == 3 and np.abs(lossy.astype(int) - smooth).max() < 12


def test_grey_files_stay_grey_and_mixed_become_colour(tmp_path):
    save(tmp_path / "a.png", picture(channels=1))
    assert data.load_images(tmp_path).image_shape[-1] == 1
    save(tmp_path / "b.png")
    assert data.load_images(tmp_path).image_shape[-1] == 3


def test_sixteen_bits_transparency_palette_and_orientation(tmp_path):
    deep = np.arange(120, dtype=np.uint16).reshape(10, 12) * 546
    Image.fromarray(deep).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(data.load_images(tmp_path).x_unlabelled[0, ..., 0], np.rint(deep / 257))

    clear = np.zeros((10, 12, 4), np.uint8)
    clear[:5, :, 3] = 255
    save(tmp_path / "clear" / "x.png", clear)
    x = data.load_images(tmp_path / "clear").x_unlabelled[0]
    assert x[:5].max() == 0 and x[5:].min() == 255

    upright = np.tile(np.linspace(0, 255, 16).astype(np.uint8)[:, None, None], (1, 24, 3))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    (tmp_path / "turned").mkdir()
    Image.fromarray(np.rot90(upright)).save(tmp_path / "turned" / "x.jpg", exif=exif, quality=95)
    turned = data.load_images(tmp_path / "turned")
    assert turned.notes == () and np.abs(turned.x_unlabelled[0].astype(int) - upright).max() < 9


def test_sizes(tmp_path):
    for i, size in enumerate([(10, 12), (10, 12), (10, 12), (20, 30), (8, 8)]):
        save(tmp_path / "a" / f"{i}.png", picture(size))
    images = data.load_images(tmp_path / "a")
    assert images.image_shape == (10, 12, 3) and "2 images were cut and resized to 10 x 12" in images.notes[0]
    assert data.load_images(tmp_path / "a", image_size=16).image_shape == (16, 16, 3)
    for i, size in enumerate([(300, 400), (500, 240), (90, 400)]):
        save(tmp_path / "b" / f"{i}.png", picture(size))
    assert data.load_images(tmp_path / "b").image_shape == (224, 224, 3)


def test_files_take_the_size_of_arrays(tmp_path):
    images = data.load_images(npz(tmp_path), classes(tmp_path / "sorted", size=(40, 30)))
    assert images.x_labelled.shape == (6, 28, 28, 3) and images.x_unlabelled.shape == (9, 28, 28, 3)
    assert "three equal channels" in " ".join(images.notes)


def test_resizing_keeps_the_middle_and_the_proportions(tmp_path):
    wide = np.zeros((10, 40), np.uint8)
    wide[:, 15:25] = 200
    save(tmp_path / "x.png", wide)
    x = data.load_images(tmp_path, image_size=5).x_unlabelled[0, ..., 0]
    assert x.shape == (5, 5) and np.abs(x.astype(int) - 200).max() <= 30


def test_files_beside_are_passed_over_and_counted(tmp_path):
    save(tmp_path / "a.png")
    for name in ("README.md", "labels.csv", ".hidden.png", "Thumbs.db"):
        (tmp_path / name).write_text("x")
    images = data.load_images(tmp_path)
    assert len(images.x_unlabelled) == 1
    assert "2 files that are no images were passed over" in images.notes[0]


def bad_files(folder):
    """Every way in which a file can be wrong, and a word that its reason must hold."""
    folder.mkdir(parents=True, exist_ok=True)
    buffers = {}
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        buffer = io.BytesIO()
        Image.fromarray(picture((64, 64))).save(buffer, kind)
        buffers[kind] = buffer.getvalue()
    wanted = {}
    for kind, content in buffers.items():
        for percent in (5, 50, 95):
            name = f"cut{percent}.{kind.lower()}"
            (folder / name).write_bytes(content[: len(content) * percent // 100])
            wanted[name] = "is cut off or damaged|holds no image"
    flipped = bytearray(buffers["PNG"])
    flipped[len(flipped) // 2] ^= 0x55
    files = {
        "empty.png": (b"", r"is empty \(0 bytes\)"),
        "page.jpg": (b"<!DOCTYPE html><html>404</html>", "web page"),
        "text.png": (b"just words", "holds no image that can be read"),
        "array.png": (np.arange(9).tobytes(), "holds no image that can be read"),
        "postscript.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "holds no image that can be read"),
        "photo.heic": (b"x", "has an ending that is not read"),
        "noending": (b"x", "has an ending that is not read"),
        "flipped.png": (bytes(flipped), "is cut off or damaged"),
        "bomb.png": (bomb(20000, 20000), "decompression bomb"),
        "bigbomb.png": (bomb(60000, 60000), "decompression bomb"),
    }
    for name, (content, reason) in files.items():
        (folder / name).write_bytes(content)
        wanted[name] = reason
    os.symlink(folder / "gone.png", folder / "dangling.png")
    wanted["dangling.png"] = "is a link to nowhere"
    outside = folder.parent / "outside.png"
    save(outside)
    os.symlink(outside, folder / "outward.png")
    wanted["outward.png"] = "leads out of the folder"
    os.symlink(folder, folder / "loop")
    wanted["loop"] = "link to a folder"
    os.mkfifo(folder / "pipe.png")
    wanted["pipe.png"] = "is not a file"
    return wanted


def bomb(width, height):
    """A PNG of some hundred bytes that claims to be huge."""

    def chunk(kind, content):
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")
    )


def test_all_unusable_files_are_named_at_once(tmp_path):
    folder = tmp_path / "photos"
    wanted = bad_files(folder)
    save(folder / "good.png")
    with pytest.raises(ValueError, match=f"^{len(wanted)} files cannot be used") as caught:
        data.load_images(folder)
    lines = {line.split()[0].rsplit("/", 1)[1]: line for line in str(caught.value).splitlines()[1:-1]}
    assert set(lines) == set(wanted)
    for name, reason in wanted.items():
        assert re.search(reason, lines[name]), lines[name]


def test_skipping_is_asked_for_and_counted(tmp_path):
    folder = tmp_path / "photos"
    wanted = bad_files(folder)
    good = save(folder / "good.png", picture((64, 64)))
    images = data.load_images(folder, on_bad="skip")
    np.testing.assert_array_equal(images.x_unlabelled, [good])
    assert len(images.skipped) == len(wanted)
    assert any(f"{len(wanted)} files or lines could not be used and were left out" in note for note in images.notes)


def test_labels_stay_with_their_images_when_files_are_skipped(tmp_path):
    kept = {}
    for i, name in enumerate(["cat", "cat", "dog", "dog", "eel"]):
        kept[i] = save(tmp_path / name / f"{i}.png")
    (tmp_path / "cat" / "0.png").write_bytes(b"")
    (tmp_path / "dog" / "2.png").write_bytes((tmp_path / "dog" / "2.png").read_bytes()[:150])
    (tmp_path / "eel" / "4.png").write_bytes(b"")
    (tmp_path / "fox").mkdir()
    images = data.load_images(labelled=tmp_path, on_bad="skip")
    np.testing.assert_array_equal(images.x_labelled, [kept[1], kept[3]])
    assert images.class_names == ("cat", "dog") and images.y_labelled.tolist() == [0, 1]
    assert any("no image of the class 'eel' can be used" in note for note in images.notes)
    assert (str(tmp_path / "fox"), "is a class folder without images") in images.skipped


def test_empty_class_folder_is_refused(tmp_path):
    (classes(tmp_path) / "eel").mkdir()
    with pytest.raises(ValueError, match="eel is a class folder without images"):
        data.load_images(labelled=tmp_path)


def test_folders_without_what_is_needed_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"`unlabelled` \(.*empty\) holds no images"):
        data.load_images(tmp_path / "empty")
    save(tmp_path / "flat" / "a.png")
    with pytest.raises(ValueError, match="one sub-folder per class.*without sub-folders"):
        data.load_images(labelled=tmp_path / "flat")
    save(classes(tmp_path / "mixed") / "loose.png")
    with pytest.raises(ValueError, match="images beside the class folders.*Received: 1, such as .*loose.png"):
        data.load_images(labelled=tmp_path / "mixed")
    save(tmp_path / "one" / "cat" / "a.png")
    with pytest.raises(ValueError, match="one class only. Received: 'cat'"):
        data.load_images(labelled=tmp_path / "one")
    (tmp_path / "only" / "x").mkdir(parents=True)
    (tmp_path / "only" / "x" / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"holds no image that can be used.*\n.*\n.*a.png is empty"):
        data.load_images(tmp_path / "only", on_bad="skip")


def test_more_than_memory_is_refused(tmp_path, monkeypatch):
    save(tmp_path / "a.png")
    monkeypatch.setattr(os, "sysconf", lambda name: 20)
    with pytest.raises(ValueError, match="1 images of 10 x 12 need .* GB, more than half"):
        data.load_images(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [(dict(on_bad="ignore"), "Received: on_bad='ignore'"), (dict(image_size=0), "Received: image_size=0")],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        data.load_images(**options)


# -- CSV --


def table(folder, text, encoding="utf-8"):
    (folder / "list.csv").write_bytes(text.encode(encoding))
    return folder / "list.csv"


def test_csv(tmp_path):
    kept = [save(tmp_path / "im" / f"{i}.png") for i in range(3)]
    text = '\ufeffLabel,note,PATH\ncat,,im/0.png\n"dog, big","a\nb",im/1.png\ncat,x, im/2.png \n'
    images = data.load_images(labelled=table(tmp_path, text))
    np.testing.assert_array_equal(images.x_labelled, kept)
    assert images.class_names == ("cat", "dog, big") and images.y_labelled.tolist() == [0, 1, 0]
    images = data.load_images(table(tmp_path, f"path\nim/0.png\n{tmp_path}/im/2.png\n"))
    np.testing.assert_array_equal(images.x_unlabelled, [kept[0], kept[2]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"lacks the column 'path' in its first line. Received columns: \[\]; expected: path, label"),
        ("file,label\na,b\n", r"lacks the column 'path'.*\['file', 'label'\]"),
        ("path,class\na,b\n", "lacks the column 'label'"),
        ("path,label\n", "names no images"),
        ("path,label\na.png\n", r"list.csv:2: no value in the column 'label'"),
        ("path,label\na.png,x\nb.png,x,y\n", r"list.csv:3: more values than columns"),
        ("path,label\na.png,\n", r"list.csv:2: no value in the column 'label'"),
        ("path,label\na.png,x\na.png,y\n", r"list.csv:3: .*a.png was named before, in .*list.csv:2"),
        ('path,label\na.png,"x\n', r"list.csv:\d: not a CSV table"),
        ("path,label\na.png,x\nb.png,y\n", r"b.png does not exist \(named in .*list.csv:3\)"),
    ],
)
def test_bad_csv_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        data.load_images(labelled=table(tmp_path, text))


def test_csv_in_another_encoding_is_named(tmp_path):
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        data.load_images(labelled=table(tmp_path, "path,label\nä.png,ö\n", "latin-1"))
