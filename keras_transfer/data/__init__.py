"""Images, text and tables from disk to batches; views; audit."""

from keras_transfer.data.batches import batches
from keras_transfer.data.set_epoch import set_epoch
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform

__all__ = ["batches", "set_epoch", "split_seeds", "uniform"]
