"""Encoders that are ready to pretrain, and adapters for backbones of other libraries."""

from keras_transfer.encoders.backbone import from_keras_applications, from_keras_cv, from_keras_hub
from keras_transfer.encoders.feature_map import feature_map
from keras_transfer.encoders.image_decoder import image_decoder
from keras_transfer.encoders.image_encoder import image_encoder
from keras_transfer.encoders.is_causal import is_causal
from keras_transfer.encoders.resnet import resnet18, resnet50
from keras_transfer.encoders.sentence_encoder import sentence_encoder
from keras_transfer.encoders.small_cnn import small_cnn
from keras_transfer.encoders.text_transformer import text_transformer
from keras_transfer.encoders.token_encoder import token_encoder
from keras_transfer.encoders.vit import ViT

__all__ = [
    "ViT",
    "feature_map",
    "from_keras_applications",
    "from_keras_cv",
    "from_keras_hub",
    "image_decoder",
    "image_encoder",
    "is_causal",
    "resnet18",
    "resnet50",
    "sentence_encoder",
    "small_cnn",
    "text_transformer",
    "token_encoder",
]
