"""LARS, per-group rates and step counts, schedules that Keras lacks."""

from keras_transfer.optimizers.exclude_rank_one import exclude_rank_one
from keras_transfer.optimizers.group_optimizer import group_optimizer
from keras_transfer.optimizers.grouped import Grouped
from keras_transfer.optimizers.lamb import LAMB
from keras_transfer.optimizers.lars import LARS
from keras_transfer.optimizers.named_schedule import named_schedule
from keras_transfer.optimizers.one_cycle import OneCycle
from keras_transfer.optimizers.slanted_triangular import SlantedTriangular
from keras_transfer.optimizers.warmup_cosine import WarmupCosine

__all__ = [
    "LAMB",
    "LARS",
    "Grouped",
    "OneCycle",
    "SlantedTriangular",
    "WarmupCosine",
    "exclude_rank_one",
    "group_optimizer",
    "named_schedule",
]
