"""What is measured on embeddings: kNN accuracy, alignment, uniformity, effective rank, and how well they would transfer."""

from keras_transfer.metrics.alignment import alignment
from keras_transfer.metrics.answer_scores import answer_scores
from keras_transfer.metrics.bits_per_byte import BitsPerByte
from keras_transfer.metrics.effective_rank import effective_rank
from keras_transfer.metrics.entity_f1 import entity_f1
from keras_transfer.metrics.h_score import h_score
from keras_transfer.metrics.knn_accuracy import knn_accuracy
from keras_transfer.metrics.leep import leep
from keras_transfer.metrics.log_me import log_me
from keras_transfer.metrics.n_leep import n_leep
from keras_transfer.metrics.perplexity import Perplexity
from keras_transfer.metrics.probe_accuracy import probe_accuracy
from keras_transfer.metrics.text_scores import text_scores
from keras_transfer.metrics.token_accuracy import TokenAccuracy
from keras_transfer.metrics.uniformity import uniformity

__all__ = [
    "BitsPerByte",
    "Perplexity",
    "TokenAccuracy",
    "alignment",
    "answer_scores",
    "effective_rank",
    "entity_f1",
    "h_score",
    "knn_accuracy",
    "leep",
    "log_me",
    "n_leep",
    "probe_accuracy",
    "text_scores",
    "uniformity",
]
