"""Keras callbacks: gradual unfreezing, exact resume, monitors, TensorBoard."""

from keras_transfer.callbacks.alignment_uniformity import AlignmentUniformity
from keras_transfer.callbacks.chain_thaw import ChainThaw
from keras_transfer.callbacks.collapse_monitor import CollapseMonitor
from keras_transfer.callbacks.filled_text import FilledText
from keras_transfer.callbacks.generated_text import GeneratedText
from keras_transfer.callbacks.gradual_unfreeze import GradualUnfreeze
from keras_transfer.callbacks.knn_monitor import KNNMonitor
from keras_transfer.callbacks.monitor import Monitor
from keras_transfer.callbacks.nan_guard import NaNGuard
from keras_transfer.callbacks.probe_monitor import ProbeMonitor
from keras_transfer.callbacks.progress import Progress
from keras_transfer.callbacks.restored_text import RestoredText
from keras_transfer.callbacks.resume import Resume
from keras_transfer.callbacks.surgical_rates import SurgicalRates
from keras_transfer.callbacks.teacher_momentum import TeacherMomentum
from keras_transfer.callbacks.tensorboard import TensorBoard

__all__ = [
    "AlignmentUniformity",
    "ChainThaw",
    "CollapseMonitor",
    "FilledText",
    "GeneratedText",
    "GradualUnfreeze",
    "KNNMonitor",
    "Monitor",
    "NaNGuard",
    "ProbeMonitor",
    "Progress",
    "RestoredText",
    "Resume",
    "SurgicalRates",
    "TeacherMomentum",
    "TensorBoard",
]
