"""Recipes for fine-tuning on few labels."""

from keras_transfer.finetuning.choose_budget import Budget, choose_budget
from keras_transfer.finetuning.finetune import RECIPES, finetune
from keras_transfer.finetuning.probe import probe

__all__ = ["RECIPES", "Budget", "choose_budget", "finetune", "probe"]
