"""Learn a target with help beyond its own labels: another domain, unlabelled samples, a teacher, other tasks."""

from keras_transfer.adaptation.adapt_batch_norm import adapt_batch_norm
from keras_transfer.adaptation.coral import CORAL
from keras_transfer.adaptation.dann import DANN
from keras_transfer.adaptation.mmd import MMD

__all__ = [
    "CORAL",
    "DANN",
    "MMD",
    "adapt_batch_norm",
]
