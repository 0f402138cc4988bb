"""Arrays of images as people save them -> uint8 `(n, height, width, channels)`."""

import numpy as np

_CHUNK = 1024


def to_bytes(array, name):
    """Check an array of images and bring it to uint8.

    Args:
        array: `(n, height, width)` or `(n, height, width, 1 or 3)` of any real or boolean dtype.
        name: What to call it in errors, with its file.

    Returns:
        The uint8 array of rank 4, and a note on how pixels were scaled, or None where they were bytes already.

    Raises:
        ValueError: if shape, dtype or range of the pixels is not that of images.
    """
    array = _four_axes(array, name)
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} must hold numbers. Received: dtype {array.dtype}. Save pixels as uint8 or as floats.")
    low, high = _range(array, name)
    scale, note = _scale(array.dtype, low, high, name)
    if scale == 1 and array.dtype == np.uint8:
        return array, note
    out = np.empty(array.shape, np.uint8)
    for start in range(0, len(array), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = np.rint(array[part].astype(np.float64) * scale)
    return out, note


def _four_axes(array, name):
    if array.ndim == 3:
        array = array[..., None]
    hint = "Images have the shape (n, height, width), (n, height, width, 1) or (n, height, width, 3)."
    if array.ndim == 4 and array.shape[-1] not in (1, 3):
        if array.shape[1] in (1, 3):
            hint += " These have their channels first: save np.moveaxis(array, 1, -1)."
        elif array.shape[-1] == 4:
            hint += " Four channels are colour and opacity: save array[..., :3]."
    elif array.ndim == 2:
        hint += " Rows of pixels must be reshaped first."
    if array.ndim != 4 or array.shape[-1] not in (1, 3) or 0 in array.shape[1:]:
        raise ValueError(f"{name} has the wrong shape. Received: {array.shape}. {hint}")
    if len(array) == 0:
        raise ValueError(f"{name} holds no images. Received: shape {array.shape}.")
    return array


def _range(array, name):
    lows, highs = [], []
    for start in range(0, len(array), _CHUNK):
        part = array[start : start + _CHUNK]
        if array.dtype.kind == "f" and not np.isfinite(part).all():
            bad = np.flatnonzero(~np.isfinite(part.reshape(len(part), -1)).all(1)) + start
            raise ValueError(
                f"{name} holds pixels that are not numbers (NaN or infinite). Received: the first in image {bad[0]}. "
                "Repair the array or leave those images out."
            )
        lows.append(part.min())
        highs.append(part.max())
    return float(min(lows)), float(max(highs))


def _scale(dtype, low, high, name):
    """What to multiply pixels with to come to 0 .. 255."""
    if dtype == np.bool_:
        return 255, f"{name}: true became 255, false 0."
    if low >= 0 and high <= 1:
        if high == 0:
            raise ValueError(f"{name} is black throughout: every pixel is 0. Check how it was saved.")
        return 255, f"{name}: pixels from {low:g} to {high:g} were taken as 0 to 1."
    if dtype == np.uint8:
        dark = f"{name}: the brightest pixel is {high:g} of 255; if they were meant to run to {high:g}, scale them up."
        return 1, dark if high < 64 else None
    if dtype == np.uint16 and high > 255:
        return 255 / 65535, f"{name}: 16-bit pixels (up to {high:g}) were divided by 257."
    if low >= 0 and 64 <= high <= 255:
        return 1, f"{name}: pixels from {low:g} to {high:g} were taken as 0 to 255."
    raise ValueError(
        f"{name} has pixels in an unknown range. Received: {low:g} to {high:g} ({dtype}). Expected: 0 to 1 or 0 to 255. "
        "Scale them and save again; leave centring to the model."
    )
