"""Weight decay towards the source's weights, by how much they matter to its task."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_transfer.finetuning.source_penalty import SourcePenalty, check_strength, constant_like
from keras_transfer.transfer.named_weights import named_weights


class EWC(SourcePenalty):
    """Elastic weight consolidation: pull each weight towards where it was, as strongly as the source's task depends on it.

    The loss gets `strength / 2 * sum F (w - w0)^2`; `F` is the diagonal of the Fisher information of the source's classifier,
    `w0` what the model's weights are when `attach` is called. Weights are matched by name.

    Args:
        strength: `>= 0`.
        new: Names or shell patterns of layers that are left alone: new heads.
        samples: How many of the source's samples `F` is computed on, at most.
        seed: Of the classes drawn.

    Raises:
        ValueError: if an argument is out of range, or source and model share no weights.

    Example:
        >>> model = keras_transfer.transfer.classifier(source.get_layer("encoder"), classes=10)
        >>> keras_transfer.finetuning.EWC(strength=100.0).attach(model, source, source_images)
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    Reference: [Kirkpatrick et al., 2017](https://arxiv.org/abs/1612.00796)
    """

    def __init__(self, strength=1.0, new="head", samples=256, seed=0):
        super().__init__(new)
        check_strength("strength", strength)
        if samples < 1:
            raise ValueError(f"`samples` must be >= 1. Received: samples={samples}")
        self.strength, self.samples, self.seed = strength, samples, seed

    def attach(self, model, source, x, y=None):
        """Measure what matters to the source, and pull the model's weights towards what they are now. Call it before `fit`.

        Args:
            model: Built `keras.Model` that holds the source's weights, with layers named as there.
            source: Built classifier of the source's task, from inputs to logits.
            x: Its inputs, of shape `(samples, ...)`.
            y: Its classes, `(samples,)`; None: drawn from what the source itself predicts, as the Fisher information has it.

        Returns:
            The model.
        """
        shared, _ = self.split(model)
        matter = fisher(source, x[: self.samples], None if y is None else y[: self.samples], seed=self.seed)
        found = [weight for weight in shared if weight.name in matter and matter[weight.name].shape == weight.shape]
        if not found:
            raise ValueError(
                f"`source` has no weights of the names and shapes of the model's: {', '.join(w.name for w in shared[:5])} ..."
            )
        self.put(model, [self._elastic(weight, matter[weight.name], model) for weight in found])
        return model

    def _elastic(self, weight, importance, model):
        start, importance = constant_like(weight.read(), model), constant_like(importance, model)
        return weight.variable, lambda value: self.strength / 2 * ops.sum(importance * ops.square(value - start))


def fisher(model, x, y=None, seed=0):
    """Diagonal of a classifier's Fisher information: the mean square of the gradient of a sample's log-likelihood.

    Args:
        model: Built classifier, from inputs to logits. Batch norms use their statistics, dropout is off.
        x: Inputs of shape `(samples, ...)`.
        y: Classes, `(samples,)`; None: drawn from the model's own prediction.
        seed: Of the draws.

    Returns:
        Dict from weight name to float32 array of the weight's shape.
    """
    weights = [weight for weight in named_weights(model) if weight.variable.trainable]
    values = [weight.variable.value for weight in weights]
    random = np.random.default_rng(seed)

    @tf.function
    def squares(sample, label):
        with tf.GradientTape() as tape:
            likelihood = tf.nn.log_softmax(tf.cast(model(sample, training=False), tf.float32))[0, label]
        gradients = tape.gradient(likelihood, values, unconnected_gradients="zero")
        return [tf.square(tf.convert_to_tensor(gradient)) for gradient in gradients]

    labels = _drawn(model, x, random) if y is None else np.asarray(y)
    sums = [np.zeros(weight.shape, np.float64) for weight in weights]
    for index in range(len(x)):
        sample = tf.convert_to_tensor(np.asarray(x[index : index + 1]))
        for total, square in zip(sums, squares(sample, tf.constant(int(labels[index]))), strict=True):
            total += square.numpy()
    return {weight.name: (total / len(x)).astype(np.float32) for weight, total in zip(weights, sums, strict=True)}


def _drawn(model, x, random):
    logits = keras.ops.convert_to_numpy(model(np.asarray(x), training=False)).astype(np.float64)
    # The largest of logits with Gumbel noise is a draw from their softmax.
    return (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
