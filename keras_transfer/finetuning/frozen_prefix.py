"""The part of a model that gives the same features in every epoch, and what comes after it."""

import keras
import numpy as np


def frozen_prefix(model, sample):
    """Divide a model into layers whose outputs may be computed once, and the rest, as far down as possible.

    Args:
        model: Built functional model that is a chain of layers, as `transfer.classifier` makes it, with the flags `trainable` as
            they are while it trains.
        sample: A few inputs, `(samples, ...)`, to try the division on.

    Returns:
        `(prefix, tail)`: two lists of layers. What the prefix gives is the same while training and in evaluation.

    Raises:
        ValueError: naming the reason, if the model is no chain, or the layers with weights before the head train, draw random
            numbers, or take statistics of the batch.
    """
    layers = chain(model, sample)
    prefix, reason = [], None
    for layer in layers:
        reason = _live(layer)
        if reason is not None:
            break
        prefix.append(layer)
    if not any(layer.weights for layer in prefix):
        raise ValueError(f"Features of `{model.name}` cannot be cached: {reason or 'nothing in it has weights'}.")
    _try_training(model, prefix, sample)
    return prefix, layers[len(prefix) :]


def chain(model, sample):
    """The layers of a model in the order in which each takes the output of the one before.

    Raises:
        ValueError: if they are no chain.
    """
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    expected = keras.ops.convert_to_numpy(model(sample, training=False))
    try:
        found = keras.ops.convert_to_numpy(run(layers, sample))
        same = found.shape == expected.shape and np.allclose(found, expected, rtol=1e-3, atol=1e-4)
    except (TypeError, ValueError):  # a layer that takes something else
        same = False
    if not same:
        raise ValueError(
            f"Features of `{model.name}` cannot be cached: its layers are no chain, one taking what the one before gives: "
            f"{[layer.name for layer in layers]}."
        )
    return layers


def run(layers, inputs, training=False):
    """What a chain of layers gives."""
    for layer in layers:
        inputs = layer(inputs, training=training) if layer._call_has_training_arg else layer(inputs)
    return inputs


def _live(layer):
    """Why a layer does not give the same each time while training, or None."""
    parts = list(layer._flatten_layers())
    for part in parts:
        if part._seed_generators:
            what = f"`{part.path or part.name}` draws random numbers while training ({type(part).__name__})"
            return f"{what}, so that every epoch has other features"
    for part in parts:
        if isinstance(part, keras.layers.BatchNormalization) and part.trainable:
            return f"the batch norm `{part.path or part.name}` is in training mode: its outputs depend on the rest of the batch"
    if layer.trainable_variables:
        return f"`{layer.name}` trains from the first epoch ({len(layer.trainable_variables)} variables)"
    return None


def _try_training(model, prefix, sample):
    """Layers written by hand may be random, or change, in ways that only show when they run."""
    variables = [variable for layer in prefix for variable in layer.variables]
    before = [variable.numpy() for variable in variables]
    still = keras.ops.convert_to_numpy(run(prefix, sample))
    moved = keras.ops.convert_to_numpy(run(prefix, sample, training=True))
    changed = []
    for variable, values in zip(variables, before, strict=True):
        if not np.array_equal(variable.numpy(), values, equal_nan=values.dtype.kind == "f"):
            variable.assign(values)
            changed.append(variable.path)
    if changed:
        raise ValueError(
            f"Features of `{model.name}` cannot be cached: {changed[0]} changes while training, though it is frozen."
        )
    if not np.allclose(still, moved, rtol=1e-4, atol=1e-5):
        raise ValueError(
            f"Features of `{model.name}` cannot be cached: layers from `{prefix[0].name}` to `{prefix[-1].name}` give other "
            "outputs while training than in evaluation, though they are frozen."
        )
