"""Pretraining objectives, one file each: a `keras.Model` around the user's encoder."""

from keras_transfer.objectives.byol import BYOL
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.simclr import SimCLR
from keras_transfer.objectives.simsiam import SimSiam
from keras_transfer.objectives.two_view_objective import TwoViewObjective

__all__ = ["BYOL", "Objective", "SimCLR", "SimSiam", "TwoViewObjective"]
