"""Learn a target with help beyond its own labels: another domain, unlabelled samples, a teacher, other tasks."""

from keras_transfer.adaptation.adapt_batch_norm import adapt_batch_norm
from keras_transfer.adaptation.cdan import CDAN
from keras_transfer.adaptation.coral import CORAL
from keras_transfer.adaptation.dann import DANN
from keras_transfer.adaptation.distillation import Distillation
from keras_transfer.adaptation.fix_match import FixMatch
from keras_transfer.adaptation.mcd import MCD
from keras_transfer.adaptation.mean_teacher import MeanTeacher
from keras_transfer.adaptation.mmd import MMD
from keras_transfer.adaptation.multi_task import MultiTask
from keras_transfer.adaptation.pseudo_labels import PseudoLabels

__all__ = [
    "CDAN",
    "CORAL",
    "DANN",
    "MCD",
    "MMD",
    "Distillation",
    "FixMatch",
    "MeanTeacher",
    "MultiTask",
    "PseudoLabels",
    "adapt_batch_norm",
]
