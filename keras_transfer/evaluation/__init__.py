"""Comparison with training from scratch, zero-shot classes and retrieval, and the report."""

from keras_transfer.evaluation.class_vectors import class_vectors
from keras_transfer.evaluation.commonest_tag_baseline import commonest_tag_baseline
from keras_transfer.evaluation.compare import ARMS, compare
from keras_transfer.evaluation.compare_pairs import PAIR_ARMS, compare_pairs
from keras_transfer.evaluation.cross_validate import cross_validate
from keras_transfer.evaluation.print_table import print_table
from keras_transfer.evaluation.question_baseline import question_baseline
from keras_transfer.evaluation.rank import RANKED_BY, rank
from keras_transfer.evaluation.recall_at import recall_at
from keras_transfer.evaluation.retrieval import Retrieval
from keras_transfer.evaluation.scores import scores, summary
from keras_transfer.evaluation.search_baseline import search_baseline
from keras_transfer.evaluation.tfidf_baseline import tfidf_baseline
from keras_transfer.evaluation.verdict import verdict
from keras_transfer.evaluation.write_report import write_report
from keras_transfer.evaluation.writing_baseline import writing_baseline

__all__ = [
    "ARMS",
    "PAIR_ARMS",
    "RANKED_BY",
    "Retrieval",
    "class_vectors",
    "commonest_tag_baseline",
    "compare",
    "compare_pairs",
    "cross_validate",
    "print_table",
    "question_baseline",
    "rank",
    "recall_at",
    "scores",
    "search_baseline",
    "summary",
    "tfidf_baseline",
    "verdict",
    "write_report",
    "writing_baseline",
]
