"""Pretrain on unlabelled data, move the weights, fine-tune on few labels, compare with training from scratch, deploy.

Importing this package is cheap: TensorFlow is imported with the first sub-package that needs it.
"""

import importlib

from keras_transfer.version import __version__

_PACKAGES = (
    "losses",
    "layers",
    "encoders",
    "metrics",
    "optimizers",
    "distribution",
    "data",
    "objectives",
    "generation",
    "transfer",
    "callbacks",
    "finetuning",
    "adaptation",
    "evaluation",
    "export",
    "project",
)

__all__ = ["__version__", *_PACKAGES]  # noqa: PLE0604, the names are strings


def __getattr__(name):
    if name in _PACKAGES:
        return importlib.import_module(f"keras_transfer.{name}")
    raise AttributeError(f"module 'keras_transfer' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
