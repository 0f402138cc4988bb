"""Parts a user may subclass: projection head, patch mask, momentum copy, gradient reversal."""

from keras_transfer.layers.feature_queue import FeatureQueue
from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.layers.packed_attention import PackedAttention
from keras_transfer.layers.projection_head import ProjectionHead

__all__ = ["FeatureQueue", "MomentumCopy", "PackedAttention", "ProjectionHead"]
