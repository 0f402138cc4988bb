"""Models for deployment."""

from keras_transfer.export.saved_model import saved_model
from keras_transfer.export.tagger_saved_model import tagger_saved_model
from keras_transfer.export.text_saved_model import text_saved_model

__all__ = ["saved_model", "tagger_saved_model", "text_saved_model"]
