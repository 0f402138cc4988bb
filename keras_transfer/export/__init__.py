"""Models for deployment."""

from keras_transfer.export.saved_model import saved_model

__all__ = ["saved_model"]
