"""Keras callbacks: gradual unfreezing, exact resume, monitors, TensorBoard."""

from keras_transfer.callbacks.gradual_unfreeze import GradualUnfreeze
from keras_transfer.callbacks.nan_guard import NaNGuard
from keras_transfer.callbacks.progress import Progress
from keras_transfer.callbacks.resume import Resume
from keras_transfer.callbacks.tensorboard import TensorBoard

__all__ = ["GradualUnfreeze", "NaNGuard", "Progress", "Resume", "TensorBoard"]
