"""Penalties on a model's weights that plain `fit` adds to the loss."""

import fnmatch
import math

import keras
from keras import ops

from keras_transfer.transfer.named_weights import named_weights


class SourcePenalty:
    """What `L2SP` and `EWC` have in common: a penalty for each trainable variable, in place until `detach`.

    It is put where Keras looks for the regularizer of a variable, so that any `compile` and `fit`, under any strategy, adds it to
    the loss, and `model.losses` shows it. It is not saved with the model.
    """

    def __init__(self, new):
        self.new = [new] if isinstance(new, str) else list(new)
        self._before = []

    def split(self, model):
        """Trainable weights of the source's part of a model and of its new part, two lists of `NamedWeight`."""
        weights = [weight for weight in named_weights(model) if weight.variable.trainable]
        new = [weight for weight in weights if self._is_new(weight.name)]
        if not weights or len(new) == len(weights):
            raise ValueError(
                f"`{model.name}` has no trainable weights besides those that `new` means. Received: new={self.new}"
            )
        return [weight for weight in weights if not self._is_new(weight.name)], new

    def _is_new(self, name):
        return any(fnmatch.fnmatchcase(part, pattern) for part in name.split("/") for pattern in self.new)

    def put(self, model, penalties):
        """Add penalties, pairs of variable and function, to a model that is fitted from now on."""
        if self._before:
            raise ValueError("It is attached already; call `detach` first, or make another one.")
        for variable, penalty in penalties:
            self._before.append((variable, variable.regularizer))
            variable.regularizer = _Added(variable.regularizer, penalty)
        model.train_function = model.test_function = None  # traced without

    def detach(self):
        """Leave the model's variables without the penalty; before the next `fit`, `compile` the model again."""
        for variable, before in self._before:
            variable.regularizer = before
        self._before = []


class _Added(keras.regularizers.Regularizer):
    def __init__(self, first, second):
        self.first, self.second = first, second

    def __call__(self, value):
        penalty = self.second(ops.cast(value, "float32"))
        return penalty if self.first is None else penalty + ops.cast(self.first(value), "float32")


def constant_like(values, model):
    """A variable that no layer owns, with these values, on the model's devices."""
    with model.distribute_strategy.scope():
        return keras.Variable(values, trainable=False, dtype="float32", name="source")


def check_strength(name, value):
    """Raise a ValueError unless a number is finite and >= 0."""
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"`{name}` must be a number >= 0. Received: {name}={value}")
