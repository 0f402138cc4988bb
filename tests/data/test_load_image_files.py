import io
import os
import re
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_transfer import data
from tests.data.pictures import classes, npz, picture, save


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
