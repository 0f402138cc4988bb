"""Encoders that are ready to pretrain, and adapters for backbones of other libraries."""

from keras_transfer.encoders.small_cnn import small_cnn

__all__ = ["small_cnn"]
