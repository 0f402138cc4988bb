"""Pretraining objectives, one file each: a `keras.Model` around the user's encoder."""

from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.simclr import SimCLR

__all__ = ["Objective", "SimCLR"]
