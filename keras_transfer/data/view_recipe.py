"""What a random view of an image may do to it."""

import dataclasses

import keras

_ALWAYS_IN_UNIT = ("flip", "flip_vertical", "jitter", "grey", "invert", "blur", "solarise", "erase")


@keras.saving.register_keras_serializable("keras_transfer")
@dataclasses.dataclass(frozen=True)
class ViewRecipe:
    """Ranges and probabilities of the operations that `data.view` draws for each image.

    The operations always come in this order: crop (with rotation and flips, one resampling), brightness, contrast, saturation,
    hue, greyscale, inversion, solarising, noise, erasing. Colours are clipped to `[0, 1]` once, after inversion. Images of one
    channel leave out saturation, hue and greyscale.

    Args:
        size: Side of the square output in pixels, or `(height, width)`. Default: that of the images.
        area: Smallest and largest part of the image's area that a crop covers. Above 1 the crop reaches over the border, where
            the outermost pixels are repeated.
        ratio: Smallest and largest width / height of a crop, relative to the image's own.
        rotation: Largest rotation, in degrees, either way.
        flip: Probability of mirroring left and right.
        flip_vertical: Probability of mirroring top and bottom.
        jitter: Probability of brightness, contrast, saturation and hue, which come all four or not at all.
        brightness: Pixels are multiplied with a factor from `1 - brightness` to `1 + brightness`.
        contrast: Likewise, about the crop's mean grey value.
        saturation: Likewise, about each pixel's grey value.
        hue: Largest turn of the hue in YIQ space, in full circles, either way.
        grey: Probability of taking the colour away (luma 0.299, 0.587, 0.114).
        invert: Probability of `1 - pixel`.
        blur: Probability of a Gaussian blur.
        sigma: Smallest and largest standard deviation of the blur, in output pixels.
        solarise: Probability of inverting the pixels above 0.5.
        noise: Largest standard deviation of additive Gaussian noise, drawn per image from `[0, noise]`.
        erase: Probability of painting a rectangle with the crop's mean colour.
        erase_area: Smallest and largest part of the crop that the rectangle covers.

    Raises:
        ValueError: if a probability is outside `[0, 1]` or a range is not in order.

    Example:
        >>> recipe = ViewRecipe.preset("small")
        >>> ViewRecipe.preset("simclr", size=96, blur=0.0)

    References:
        - [SimCLR, Chen et al., 2020](https://arxiv.org/abs/2002.05709): crop, colour, blur.
        - [BYOL, Grill et al., 2020](https://arxiv.org/abs/2006.07733): solarising.
    """

    size: int | tuple | None = None
    area: tuple = (0.2, 1.0)
    ratio: tuple = (3 / 4, 4 / 3)
    rotation: float = 0.0
    flip: float = 0.5
    flip_vertical: float = 0.0
    jitter: float = 0.8
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1
    grey: float = 0.2
    invert: float = 0.0
    blur: float = 0.0
    sigma: tuple = (0.1, 2.0)
    solarise: float = 0.0
    noise: float = 0.0
    erase: float = 0.0
    erase_area: tuple = (0.02, 0.2)

    def __post_init__(self):
        for name in ("area", "ratio", "sigma", "erase_area"):
            value = tuple(getattr(self, name))
            object.__setattr__(self, name, value)
            if len(value) != 2 or not 0 < value[0] <= value[1]:
                raise ValueError(f"`{name}` must be two numbers above 0, the smaller first. Received: {name}={value}")
        for name in _ALWAYS_IN_UNIT:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"`{name}` is a probability from 0 to 1. Received: {name}={getattr(self, name)}")
        for name in ("rotation", "brightness", "contrast", "saturation", "hue", "noise"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"`{name}` must be 0 or more. Received: {name}={getattr(self, name)}")
        if self.hue > 0.5:
            raise ValueError(f"`hue` is a part of a full circle, from 0 to 0.5. Received: hue={self.hue}")
        if self.erase_area[1] >= 1:
            raise ValueError(f"`erase_area` must stay below 1. Received: erase_area={self.erase_area}")
        size = self.size
        if size is not None:
            size = (size, size) if isinstance(size, int) else tuple(size)
            if len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size):
                raise ValueError(f"`size` must be a side or (height, width) in pixels. Received: size={self.size!r}")
            object.__setattr__(self, "size", size)

    @classmethod
    def preset(cls, name, **changes):
        """One of the ready recipes, with `changes` to single fields.

        Args:
            name: `"simclr"`, photographs of 96 pixels and more, as in the paper; `"small"`, colour images around 32 pixels, as
                the paper does for CIFAR-10 (half the colour strength, no blur); `"grey"`, grey images; `"digits"`, characters:
                no flip, for which side is which matters, small rotations and shifts; `"weak"`, crop and flip alone, as for
                fine-tuning; `"none"`, only the resizing.
            **changes: Fields to set otherwise.

        Raises:
            ValueError: if there is no such preset.
        """
        if name not in _PRESETS:
            raise ValueError(f"There is no view recipe {name!r}. Received: name={name!r}; there are {sorted(_PRESETS)}")
        return cls(**{**_PRESETS[name], **changes})

    @classmethod
    def for_images(cls, shape, **changes):
        """A recipe that is safe for images of which only the shape is known.

        Colour images up to 64 pixels take `"small"`, larger ones `"simclr"`. Grey images above 40 pixels take `"grey"`, and
        smaller ones `"digits"`, which never flips: small grey images are often characters, and a mirrored character is another
        one, while a garment that is never mirrored loses little.

        Args:
            shape: `(height, width, channels)`, or with leading dimensions.
            **changes: Fields to set otherwise.
        """
        height, width, channels = shape[-3:]
        side = max(height, width)
        if channels == 1:
            return cls.preset("digits" if side <= 40 else "grey", **changes)
        return cls.preset("small" if side <= 64 else "simclr", **changes)

    def get_config(self):
        """The fields as a dict that JSON can hold."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_config(cls, config):
        """The recipe that `get_config` describes."""
        return cls(**config)


_NO_COLOUR = {"saturation": 0.0, "hue": 0.0, "grey": 0.0}
_PRESETS = {
    "simclr": {
        "area": (0.08, 1.0),
        "brightness": 0.8,
        "contrast": 0.8,
        "saturation": 0.8,
        "hue": 0.2,
        "blur": 0.5,
    },
    "small": {},
    "grey": {**_NO_COLOUR},
    "digits": {**_NO_COLOUR, "area": (0.5, 1.2), "rotation": 12.0, "flip": 0.0},
    "weak": {**_NO_COLOUR, "area": (0.6, 1.0), "jitter": 0.0},
    "none": {**_NO_COLOUR, "area": (1.0, 1.0), "ratio": (1.0, 1.0), "jitter": 0.0, "flip": 0.0},
}
