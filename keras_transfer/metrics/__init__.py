"""What is measured on embeddings: kNN accuracy, alignment, uniformity, effective rank."""

from keras_transfer.metrics.bits_per_byte import BitsPerByte
from keras_transfer.metrics.perplexity import Perplexity

__all__ = ["BitsPerByte", "Perplexity"]
