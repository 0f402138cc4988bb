"""Comparison with training from scratch, and the report."""

from keras_transfer.evaluation.compare import ARMS, compare
from keras_transfer.evaluation.print_table import print_table
from keras_transfer.evaluation.scores import scores, summary
from keras_transfer.evaluation.verdict import verdict
from keras_transfer.evaluation.write_report import write_report

__all__ = ["ARMS", "compare", "print_table", "scores", "summary", "verdict", "write_report"]
