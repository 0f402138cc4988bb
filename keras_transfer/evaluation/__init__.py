"""Comparison with training from scratch, and the report."""

from keras_transfer.evaluation.compare import ARMS, compare
from keras_transfer.evaluation.scores import scores, summary

__all__ = ["ARMS", "compare", "scores", "summary"]
