"""LARS, per-group rates and step counts, schedules that Keras lacks."""

from keras_transfer.optimizers.group_optimizer import group_optimizer
from keras_transfer.optimizers.grouped import Grouped
from keras_transfer.optimizers.warmup_cosine import WarmupCosine

__all__ = ["Grouped", "WarmupCosine", "group_optimizer"]
