"""Parts a user may subclass: projection head, patch mask, momentum copy, gradient reversal."""

from keras_transfer.layers.adapters import Adapters
from keras_transfer.layers.bss import BSS
from keras_transfer.layers.class_token import ClassToken
from keras_transfer.layers.delta import DELTA
from keras_transfer.layers.feature_queue import FeatureQueue
from keras_transfer.layers.gradient_reversal import GradientReversal
from keras_transfer.layers.image_rescaling import ImageRescaling
from keras_transfer.layers.lora import LoRA
from keras_transfer.layers.map_decoder import MapDecoder
from keras_transfer.layers.mixout import Mixout
from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.layers.packed_attention import PackedAttention
from keras_transfer.layers.padding_mask import PaddingMask
from keras_transfer.layers.patch_decoder import PatchDecoder
from keras_transfer.layers.patch_embedding import PatchEmbedding
from keras_transfer.layers.patchify import patchify, unpatchify
from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.layers.prototypes import Prototypes
from keras_transfer.layers.token_convolution import TokenConvolution

__all__ = [
    "BSS",
    "DELTA",
    "Adapters",
    "ClassToken",
    "FeatureQueue",
    "GradientReversal",
    "ImageRescaling",
    "LoRA",
    "MapDecoder",
    "Mixout",
    "MomentumCopy",
    "PackedAttention",
    "PaddingMask",
    "PatchDecoder",
    "PatchEmbedding",
    "ProjectionHead",
    "Prototypes",
    "TokenConvolution",
    "patchify",
    "unpatchify",
]
