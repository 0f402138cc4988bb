"""Read one image file with Pillow, or say in words why it cannot be read."""

import dataclasses
import os
import stat

import numpy as np
from PIL import Image, ImageOps

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
# Named one by one: Pillow knows formats, such as EPS, that start other programs.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_LARGEST = 89_000_000  # pixels; a PNG of some kilobytes can claim billions. Above this Pillow warns as well.
_GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")
_DEEP = ("I", "I;16", "I;16B", "I;16L")


class UnreadableImageError(Exception):
    """Says why a file cannot be read; the reason continues a sentence that begins with the path."""


@dataclasses.dataclass(frozen=True)
class Header:
    """What a file says of its image before it is decoded."""

    height: int
    width: int
    grey: bool


def read_header(path, inside=None):
    """Height, width and kind of an image.

    Args:
        path: The file.
        inside: A folder that links must not lead out of.

    Raises:
        UnreadableImageError: with the reason.
    """
    _check_file(path, inside)
    with _opened(path) as image:
        width, height = image.size
        # Of a PNG, whose EXIF data may come last, Pillow would decode everything. Orientations 5 to 8 lie on their side.
        if image.format != "PNG" and _orientation(image) >= 5:
            width, height = height, width
        return Header(height, width, image.mode in _GREY)


def read_pixels(path, size=None, channels=3):
    """Decode an image to uint8 `(height, width, channels)`.

    Turned upright as its EXIF data say; of several frames the first; transparent parts are white. With `size` the middle is cut
    out in that shape and resized with antialiasing.

    Args:
        path: The file.
        size: `(height, width)`. Default: the image's own.
        channels: 1 or 3.

    Raises:
        UnreadableImageError: with the reason.
    """
    with _opened(path) as image:
        try:
            image.load()
            image = _flatten(ImageOps.exif_transpose(image)).convert("L" if channels == 1 else "RGB")
        except Exception as error:  # Pillow's decoders raise whatever comes over them
            raise UnreadableImageError(f"is cut off or damaged ({_first_line(error)})") from error
        return fit(image, size)


def _orientation(image):
    try:
        return image.getexif().get(0x0112, 1)
    except Exception as error:  # Pillow's parsers raise whatever comes over them
        raise UnreadableImageError(f"is cut off or damaged ({_first_line(error)})") from error


def fit(image, size):
    """A Pillow image cut to the shape of `size`, resized, as an array of rank 3."""
    if size is not None and image.size != (size[1], size[0]):
        image = ImageOps.fit(image, (size[1], size[0]), Image.Resampling.BILINEAR)
    array = np.asarray(image)
    return array[..., None] if array.ndim == 2 else array


def _flatten(image):
    """The image without transparency and with 8 bits a channel."""
    if image.mode in _DEEP:
        array = np.asarray(image)
        if array.size and (array.min() < 0 or array.max() > 65535):
            raise ValueError("pixels outside 16 bits")
        return Image.fromarray((array / 257).round().astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels; save them as 8 bits, or in an .npz")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image


def _check_file(path, inside):
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise UnreadableImageError(
            f"is a link to nowhere ({os.readlink(path)})" if os.path.islink(path) else "does not exist"
        ) from None
    except OSError as error:
        raise UnreadableImageError(f"cannot be reached ({error.strerror})") from error
    if inside is not None:
        target, root = os.path.realpath(path), os.path.realpath(inside)
        if os.path.commonpath([target, root]) != root:
            raise UnreadableImageError(f"is a link that leads out of the folder, to {target}; copy the file")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableImageError("is not a file")
    if status.st_size == 0:
        raise UnreadableImageError("is empty (0 bytes)")


def _opened(path):
    try:
        image = Image.open(path, formats=_FORMATS)
    except PermissionError as error:
        raise UnreadableImageError("may not be read (permission denied)") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(f"claims too many pixels (more than {_LARGEST:,}): a decompression bomb?") from error
    except Exception as error:  # Pillow's parsers raise whatever comes over them
        raise UnreadableImageError(_what_it_is(path)) from error
    width, height = image.size
    if width * height > _LARGEST:
        image.close()
        raise UnreadableImageError(f"claims {width} x {height} pixels (more than {_LARGEST:,}): a decompression bomb?")
    return image


def _what_it_is(path):
    with open(path, "rb") as file:
        head = file.read(512).lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return "is a web page or a drawing in XML, whatever its name says"
    return "holds no image that can be read, or only the beginning of one"


def _first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0]
