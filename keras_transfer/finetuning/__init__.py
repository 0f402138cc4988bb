"""Recipes for fine-tuning on few labels."""

from keras_transfer.finetuning.choose_budget import Budget, choose_budget
from keras_transfer.finetuning.class_weights import class_weights
from keras_transfer.finetuning.classification import Classification
from keras_transfer.finetuning.epochs_by_size import epochs_by_size
from keras_transfer.finetuning.ewc import EWC
from keras_transfer.finetuning.feature_cache import FeatureCache
from keras_transfer.finetuning.find_learning_rate import find_learning_rate
from keras_transfer.finetuning.finetune import finetune
from keras_transfer.finetuning.l2sp import L2SP
from keras_transfer.finetuning.learning_rate_curve import LearningRateCurve
from keras_transfer.finetuning.probe import probe
from keras_transfer.finetuning.question_answering import QuestionAnswering
from keras_transfer.finetuning.recipe_plan import RECIPES
from keras_transfer.finetuning.task import Task
from keras_transfer.finetuning.token_classification import TokenClassification
from keras_transfer.finetuning.writing import Writing

__all__ = [
    "EWC",
    "L2SP",
    "RECIPES",
    "Budget",
    "Classification",
    "FeatureCache",
    "LearningRateCurve",
    "QuestionAnswering",
    "Task",
    "TokenClassification",
    "Writing",
    "choose_budget",
    "class_weights",
    "epochs_by_size",
    "find_learning_rate",
    "finetune",
    "probe",
]
