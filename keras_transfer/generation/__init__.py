"""Text from a pretrained language model."""

from keras_transfer.generation.cached_transformer import CachedTransformer
from keras_transfer.generation.ending_beams import EndingBeams
from keras_transfer.generation.generate import generate
from keras_transfer.generation.language_model import language_model
from keras_transfer.generation.make_sampler import make_sampler

__all__ = ["CachedTransformer", "EndingBeams", "generate", "language_model", "make_sampler"]
