"""Moving weights to the task: by name and shape, with a report."""

from keras_transfer.transfer.classifier import classifier
from keras_transfer.transfer.copy_of import copy_of
from keras_transfer.transfer.features import features

__all__ = ["classifier", "copy_of", "features"]
