"""What is measured on embeddings: kNN accuracy, alignment, uniformity, effective rank."""

from keras_transfer.metrics.alignment import alignment
from keras_transfer.metrics.bits_per_byte import BitsPerByte
from keras_transfer.metrics.effective_rank import effective_rank
from keras_transfer.metrics.knn_accuracy import knn_accuracy
from keras_transfer.metrics.perplexity import Perplexity
from keras_transfer.metrics.uniformity import uniformity

__all__ = ["BitsPerByte", "Perplexity", "alignment", "effective_rank", "knn_accuracy", "uniformity"]
