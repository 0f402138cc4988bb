"""The tokenizer that belongs to a checkpoint."""

import functools
import json
from pathlib import Path

import keras
import keras_nlp
import numpy as np

from keras_transfer.data.text_tokenizer import TextTokenizer, word_piece_bytes

# What keras-hub's tokenizers call their special tokens.
_NAMES = {
    "pad_id": ("pad_token_id",),
    "unknown_id": ("unk_token_id",),
    "start_id": ("cls_token_id", "start_token_id"),
    "end_id": ("sep_token_id", "end_token_id"),
    "mask_id": ("mask_token_id",),
}


class PresetTokenizer(TextTokenizer):
    """keras-hub's tokenizer of a checkpoint, with what pretraining needs to know of it.

    It does what `TextTokenizer` does, with the checkpoint's own numbers: padding need not be 0, and `mask_id` is None where
    the checkpoint knows of no mask (GPT-2). Spaces that decoding puts between tokens are the checkpoint's.

    Args:
        layer: A `keras_nlp.tokenizers.Tokenizer` of a model, such as `BertTokenizer`, with padding, start and end tokens.

    Raises:
        ValueError: if it lacks one of those.

    Example:
        >>> tokenizer = keras_transfer.data.PresetTokenizer.from_checkpoint("minilm/")
        >>> rows = tokenizer.rows(["Two texts.", "One."], 16)
    """

    lowercase = False

    def __init__(self, layer):
        self.kind, self.vocabulary, self.layer = "preset", None, layer
        for ours, theirs in _NAMES.items():
            setattr(
                self, ours, next((n for n in (getattr(layer, name, None) for name in theirs) if n is not None), None)
            )
        if self.unknown_id is None and "[UNK]" in self.tokens:
            self.unknown_id = self.tokens.index("[UNK]")
        missing = [name for name in ("pad_id", "start_id", "end_id") if getattr(self, name) is None]
        if missing:
            raise ValueError(
                f"`layer` must be the tokenizer of a model, with padding, start and end tokens. Received: "
                f"{type(layer).__name__} without {', '.join(missing)}"
            )

    @property
    def special_ids(self):
        """Tokens that stand for no text and are never masked nor drawn."""
        found = {getattr(self, name) for name in _NAMES} | set(getattr(self.layer, "special_token_ids", None) or ())
        return tuple(sorted(found - {None}))

    @functools.cached_property
    def word_starts(self):
        """Which tokens begin a word, booleans of shape `(vocabulary,)`; None where tokens know of no words."""
        if not isinstance(self.layer, keras_nlp.tokenizers.WordPieceTokenizer):
            return None
        return np.array([not token.startswith("##") for token in self.tokens])

    @property
    def word_prefix(self):
        """As in `TextTokenizer`: merged pairs of bytes begin with the space before a word."""
        return " " if isinstance(self.layer, keras_nlp.tokenizers.BytePairTokenizer) else ""

    @functools.cached_property
    def token_bytes(self):
        """Bytes of text that each token stands for, as in `TextTokenizer`; None where that is not known."""
        if not isinstance(self.layer, keras_nlp.tokenizers.WordPieceTokenizer):
            return None
        special = set(self.special_ids)
        return np.array([0 if i in special else word_piece_bytes(token) for i, token in enumerate(self.tokens)])

    def save(self, folder):
        """Write the tokenizer into a folder."""
        assets = Path(folder) / "assets"
        assets.mkdir(parents=True, exist_ok=True)
        settings = {"kind": self.kind, "layer": keras.saving.serialize_keras_object(self.layer)}
        (Path(folder) / "tokenizer.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        self.layer.save_assets(str(assets))

    @classmethod
    def load(cls, folder):
        """The tokenizer that `save` wrote.

        Raises:
            ValueError: if it is not one of keras-hub's.
        """
        settings = json.loads((Path(folder) / "tokenizer.json").read_text("utf-8"))["layer"]
        # Only what is a tokenizer may be made: the file may come from a stranger.
        known = getattr(keras_nlp.tokenizers, str(settings.get("class_name")), None)
        if known is None or settings.get("module") != known.__module__:
            raise ValueError(f"{folder} holds no tokenizer of keras-hub. Received: {settings.get('class_name')!r}")
        layer = known.from_config(settings["config"])
        layer.load_assets(str(Path(folder) / "assets"))
        return cls(layer)

    @classmethod
    def from_checkpoint(cls, folder):
        """The tokenizer of a folder in Hugging Face's or keras-hub's format.

        Raises:
            FileNotFoundError: if there is no such folder.
            ValueError: if keras-hub finds no tokenizer in it.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"There is no folder of a checkpoint at {folder}")
        try:
            return cls(keras_nlp.tokenizers.Tokenizer.from_preset(str(folder.resolve())))
        except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
            raise ValueError(
                f"{folder} holds no tokenizer that keras-hub reads: {' '.join(str(error).split())[:300]} Expected: config.json "
                "and vocab.txt (or what the model has in its place) in Hugging Face's format, or keras-hub's preset."
            ) from error
