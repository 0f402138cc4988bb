"""Moving weights to the task: by name and shape, with a report."""

from keras_transfer.transfer.answer import Answer
from keras_transfer.transfer.answer_questions import answer_questions
from keras_transfer.transfer.best_answers import best_answers
from keras_transfer.transfer.classifier import classifier
from keras_transfer.transfer.copy_of import copy_of
from keras_transfer.transfer.copy_report import CopyReport
from keras_transfer.transfer.copy_weights import copy_weights
from keras_transfer.transfer.feature_classifier import FeatureClassifier
from keras_transfer.transfer.feature_transformer import FeatureTransformer
from keras_transfer.transfer.features import features
from keras_transfer.transfer.layer_groups import layer_groups
from keras_transfer.transfer.load_model import load_model
from keras_transfer.transfer.model_hash import model_hash
from keras_transfer.transfer.save_features import save_features
from keras_transfer.transfer.set_trainable import set_trainable
from keras_transfer.transfer.stage_ends import stage_ends
from keras_transfer.transfer.token_classifier import token_classifier
from keras_transfer.transfer.zero_shot import zero_shot

__all__ = [
    "Answer",
    "CopyReport",
    "FeatureClassifier",
    "FeatureTransformer",
    "answer_questions",
    "best_answers",
    "classifier",
    "copy_of",
    "copy_weights",
    "features",
    "layer_groups",
    "load_model",
    "model_hash",
    "save_features",
    "set_trainable",
    "stage_ends",
    "token_classifier",
    "zero_shot",
]
