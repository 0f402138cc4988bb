"""Keras callbacks: gradual unfreezing, exact resume, monitors, TensorBoard."""

from keras_transfer.callbacks.resume import Resume

__all__ = ["Resume"]
