"""AdaBN: batch norms with the statistics of another domain."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from keras_transfer.data.batches import batches


def adapt_batch_norm(model, x_target, batch_size=256):
    """Estimate the moving statistics of a model's batch norms anew, from samples of the domain it is to be used in.

    Nothing else changes, and no label is needed. Mean and variance are those over all samples; while they are taken, every batch
    norm normalises by the statistics of its batch, all else runs as in evaluation. Works in place; on an error the model is as
    it was.

    Args:
        model: Built Keras model with `keras.layers.BatchNormalization` at any depth.
        x_target: Array of samples of the target, one row each; no labels.
        batch_size: Samples at a time, at least 2. The larger, the closer to the statistics that evaluation will see.

    Returns:
        The model.

    Raises:
        ValueError: if the model has no batch norms, none of them was reached, there are fewer than two samples, or the
            statistics are not finite.

    Example:
        >>> model.fit(x_source, y_source, epochs=10)
        >>> keras_transfer.adaptation.adapt_batch_norm(model, x_target)
        >>> model.evaluate(x_target_test, y_target_test)

    Reference: [Li et al., 2016](https://arxiv.org/abs/1603.04779)
    """
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        raise ValueError(f"`model` has no keras.layers.BatchNormalization. Received: {model.name}")
    if batch_size < 2 or len(x_target) < 2:
        raise ValueError(
            "Statistics need at least 2 samples in a batch. "
            f"Received: batch_size={batch_size}, {len(x_target)} samples in `x_target`"
        )
    records = [_Record(norm) for norm in norms]
    with contextlib.ExitStack() as stack:
        for record in records:
            stack.enter_context(record.listening())
        for batch in batches(x_target, batch_size, shuffle=False):
            model(batch, training=False)
    found = [(record.norm, *record.moments(model)) for record in records if record.count]
    if not found:
        raise ValueError(f"No batch norm of `model` is used when it is called. Received: {model.name}")
    for norm, mean, variance in found:
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(variance)
    return model


class _Record:
    """Sums over what one batch norm is given."""

    def __init__(self, norm):
        self.norm, self.count, self.total, self.squares = norm, 0.0, 0.0, 0.0

    @contextlib.contextmanager
    def listening(self):
        """While open, the layer normalises by its batch, and what it is given is added up."""
        object.__setattr__(self.norm, "call", self._call)
        try:
            yield
        finally:
            object.__delattr__(self.norm, "call")

    def _call(self, inputs, training=None, mask=None):
        norm, rank = self.norm, inputs.shape.rank
        kept = [axis % rank for axis in (norm.axis if isinstance(norm.axis, list | tuple) else [norm.axis])]
        axes = [axis for axis in range(rank) if axis not in kept]
        values = tf.cast(inputs, tf.float32)
        weights = tf.ones_like(values) if mask is None else _like(values, mask)
        count = tf.reduce_sum(weights, axes, keepdims=True)
        mean = tf.reduce_sum(values * weights, axes, keepdims=True) / count
        variance = tf.reduce_sum(tf.square(values - mean) * weights, axes, keepdims=True) / count
        self._add(np.squeeze(count, tuple(axes)), np.squeeze(mean, tuple(axes)), np.squeeze(variance, tuple(axes)))
        outputs = (values - mean) * tf.math.rsqrt(variance + norm.epsilon)
        for weight, combine in ((norm.gamma, tf.multiply), (norm.beta, tf.add)):
            if weight is not None:
                outputs = combine(outputs, tf.reshape(tf.cast(tf.convert_to_tensor(weight), tf.float32), mean.shape))
        return tf.cast(outputs, norm.compute_dtype)

    def _add(self, count, mean, variance):
        # In float64: a mean of squares less the square of the mean.
        count, mean, variance = (np.asarray(value, np.float64) for value in (count, mean, variance))
        self.count = self.count + count.max()
        self.total = self.total + count * mean
        self.squares = self.squares + count * (variance + mean**2)

    def moments(self, model):
        """Mean and variance of all that was given."""
        mean = self.total / self.count
        variance = np.maximum(self.squares / self.count - mean**2, 0.0)
        if not (np.isfinite(mean).all() and np.isfinite(variance).all()):
            raise ValueError(
                f"The statistics of {self.norm.path} are not finite: check `x_target` for NaN. The model is as it was."
            )
        return mean, variance


def _like(values, mask):
    mask = tf.cast(mask, tf.float32)
    return tf.reshape(mask, (*mask.shape, *[1] * (values.shape.rank - mask.shape.rank))) * tf.ones_like(values)
