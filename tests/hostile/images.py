"""Image files and folders."""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

from keras_transfer import data

RNG = np.random.default_rng(0)


def encoded(form, mode="RGB", size=(40, 40), **options):
    array = RNG.integers(0, 256, (*size, len(mode)) if len(mode) > 1 else size, dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(array, mode=mode).save(file, form, **options)
    return file.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth=8, colour=0, pixels=b"\0\0", extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def broken(content, at):
    content = bytearray(content)
    content[int(len(content) * at)] ^= 0xFF
    return bytes(content)


def float_tiff():
    file = io.BytesIO()
    Image.fromarray(RNG.random((8, 8)).astype(np.float32)).save(file, "TIFF")
    return file.getvalue()


def deep_tiff():
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8), 1 << 20, np.int32)).save(file, "TIFF")
    return file.getvalue()


def jpeg_of(width, height):
    content = bytearray(encoded("JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


JPEG, PNG, GIF, WEBP, TIFF = (encoded(form) for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF"))
DAMAGED = r"x\.\w+ (is cut off or damaged|holds no image that can be read)"
BOMB = r"x\.\w+ claims .*pixels.*bomb"
FILES = {
    "nothing in it": ("x.png", b"", r"x\.png is empty \(0 bytes\)"),
    "one byte": ("x.png", b"\x89", DAMAGED),
    "a web page": ("x.jpg", b"<!DOCTYPE html><html>404</html>", r"x\.jpg is a web page"),
    "a drawing": ("x.png", b'<?xml version="1.0"?><svg/>', r"x\.png is a web page or a drawing in XML"),
    "text": ("x.png", b"hello", DAMAGED),
    "a zip": ("x.jpg", b"PK\3\4" + bytes(60), DAMAGED),
    "a program": ("x.png", b"\x7fELF" + bytes(60), DAMAGED),
    "PostScript, which Pillow would run": ("x.png", b"%!PS-Adobe-3.0 EPSF-3.0\n(id) run\n", DAMAGED),
    "a pickle": ("x.png", b"\x80\x04\x95cos\nsystem\n(S'id'\ntR.", DAMAGED),
    "random bytes": ("x.jpg", bytes(RNG.integers(0, 256, 500, dtype=np.uint8)), DAMAGED),
    **{
        f"{form} cut at {share:.0%}": (f"x.{form}", content[: int(len(content) * share)], DAMAGED)
        for form, content in (("jpg", JPEG), ("png", PNG), ("webp", WEBP), ("tif", TIFF))
        for share in (0.05, 0.5, 0.95)
        if (form, share) != ("tif", 0.95)
    },
    "gif cut": ("x.gif", GIF[:20], DAMAGED),
    "a PNG with a wrong checksum": ("x.png", broken(PNG, 0.5), DAMAGED),
    "a PNG of no size": ("x.png", png(0, 0), DAMAGED),
    "a PNG bomb": ("x.png", png(60000, 60000, 1), BOMB),
    "a PNG that claims 2^31 a side": ("x.png", png(2**31 - 1, 2**31 - 1), BOMB),
    "a bomb that promises pixels and has none": ("x.png", png(9000, 9000), DAMAGED),
    "a PNG with a bomb of text": ("x.png", png(8, 8, extra=chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1 << 27)))), DAMAGED),
    "a JPEG of 65535 a side": ("x.jpg", jpeg_of(65535, 65535), BOMB),
    "a GIF of 65535 a side": ("x.gif", GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:], BOMB),
    "a BMP of 2^31 a side": ("x.bmp", b"BM" + bytes(12) + struct.pack("<IiiHH24x", 40, 2**31 - 1, 2**31 - 1, 1, 24), BOMB),
    "a PPM that is too short": ("x.ppm", b"P6 100 100 255\n" + bytes(10), DAMAGED),
    "a PPM with words for sizes": ("x.ppm", b"P6 a b 255\n" + bytes(10), DAMAGED),
    "floating-point pixels": ("x.tif", float_tiff(), r"x\.tif is cut off or damaged \(floating-point pixels"),
    "pixels of 32 bits": ("x.tif", deep_tiff(), r"x\.tif is cut off or damaged \(pixels outside 16 bits"),
    "an ending that is not read": ("x.heic", b"x", r"x\.heic has an ending that is not read"),
    "an AVIF": ("x.avif", b"x", r"x\.avif has an ending that is not read"),
    "no ending": ("x", b"x", r"/x has an ending that is not read"),
    "a name of control characters": ("x\n\x1b[31m.png", b"", r"is empty"),
}  # fmt: skip


def folder_with(name, content):
    def prepare(folder):
        photos = folder / "photos"
        photos.mkdir()
        (photos / "good.png").write_bytes(PNG)
        (photos / name).write_bytes(content)
        return lambda: data.load_images(photos)

    return prepare


def place(make, labelled=False):
    def prepare(folder):
        photos = folder / "photos"
        photos.mkdir()
        make(photos)
        return lambda: data.load_images(**{"labelled" if labelled else "unlabelled": photos})

    return prepare


def good(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG)


def outward(photos):
    good(photos.parent / "secret.png")
    (photos / "x.png").symlink_to("../secret.png")


def linked_folder(photos):
    good(photos.parent / "elsewhere" / "a.png")
    good(photos / "a.png")
    (photos / "x").symlink_to("../elsewhere")


def two_classes(photos, loose=False, empty=False):
    good(photos / "cat" / "a.png")
    if loose:
        good(photos / "x.png")
    if empty:
        (photos / "x").mkdir()


PLACES = {
    "a folder called .png": (place(lambda f: (f / "x.png").mkdir()), r"`unlabelled` .*photos\) holds no images"),
    "an empty folder": (place(lambda f: None), r"`unlabelled` .* holds no images"),
    "a link to nowhere": (place(lambda f: (f / "x.png").symlink_to("nowhere")), r"x\.png is a link to nowhere \(nowhere\)"),
    "a link that leads out": (place(outward), r"x\.png is a link that leads out of the folder"),
    "a link to itself": (place(lambda f: (f / "x.png").symlink_to("x.png")), r"x\.png cannot be reached"),
    "a linked folder": (place(linked_folder), r"/x is a link to a folder; links are not followed"),
    "a pipe": (place(lambda f: os.mkfifo(f / "x.png")), r"x\.png is not a file"),
    "a link to a device": (place(lambda f: (f / "x.png").symlink_to("/dev/zero")), r"x\.png is a link that leads out"),
    "labels without folders": (place(lambda f: good(f / "a.png"), True), r"`labelled` .* needs one sub-folder per class"),
    "one class": (place(two_classes, True), r"`labelled` .* has one class only"),
    "an image beside the classes": (place(lambda f: two_classes(f, loose=True), True), r"x\.png"),
    "an empty class": (place(lambda f: two_classes(f, empty=True), True), r"/x is a class folder without images"),
}  # fmt: skip
CASES = {name: (folder_with(file, content), says) for name, (file, content, says) in FILES.items()} | PLACES
