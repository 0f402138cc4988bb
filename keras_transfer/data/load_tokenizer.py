"""A saved tokenizer of either kind."""

import json
from pathlib import Path

from keras_transfer.data.preset_tokenizer import PresetTokenizer
from keras_transfer.data.text_tokenizer import TextTokenizer


def load_tokenizer(folder):
    """The tokenizer that `TextTokenizer.save` or `PresetTokenizer.save` wrote.

    Args:
        folder: The folder.

    Returns:
        `TextTokenizer`, or `PresetTokenizer`, which is one.

    Raises:
        FileNotFoundError: if a file of it is not there.
        ValueError: if the folder holds something else.

    Example:
        >>> tokenizer = keras_transfer.data.load_tokenizer("runs/latest/tokenizer")
    """
    path = Path(folder) / "tokenizer.json"
    try:
        kind = json.loads(path.read_text("utf-8"))["kind"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} was not written by a tokenizer's `save`: {error}") from error
    return (PresetTokenizer if kind == "preset" else TextTokenizer).load(folder)
