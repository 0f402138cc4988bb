"""Batches to fine-tune on, augmented, mixed and weighted as wished."""

import keras
import tensorflow as tf

from keras_transfer.data.batches import batches
from keras_transfer.data.split_seeds import split_seeds


def labelled_batches(data, batch_size, *, classes, seed, steps, augment=None, mix=None, weights=None):
    """Make the training dataset of `finetune`.

    Args:
        data: `(x, y)` arrays.
        batch_size: Samples a step.
        classes: How many there are.
        seed: Of order, augmentation and mixing.
        steps: Of an epoch.
        augment: Function of `(inputs, seeds)`, or None.
        mix: Function of `(inputs, labels, seeds, classes=...)`, such as `data.mix_up`, or None.
        weights: Of classes, float32 of shape `(classes,)`, or None.

    Returns:
        A `tf.data.Dataset` of `(inputs, labels)` or `(inputs, labels, weights)`; labels are probabilities `(batch, classes)` with
        `mix`, else classes `(batch,)`.
    """

    def prepare(batch, seeds):
        inputs, labels = batch
        if mix is not None:
            seeds, for_mix = split_seeds(seeds, 2)
        if augment is not None:
            inputs = augment(inputs, seeds)
        if mix is not None:
            inputs, labels = mix(inputs, labels, for_mix, classes=classes)
        return (inputs, labels) if weights is None else (inputs, labels, weights_of(labels, weights))

    return batches(data, batch_size, seed=seed, steps=steps, map=prepare)


def weights_of(labels, weights):
    """The weight of each class, of a mixed one the mean of its classes' weights; 0 for what is not counted (negative)."""
    weights = tf.constant(weights)
    if labels.dtype.is_integer:
        return tf.where(labels < 0, 0.0, tf.gather(weights, tf.maximum(labels, 0)))
    return tf.linalg.matvec(tf.cast(labels, tf.float32), weights)


def like_mixed(validation_data, classes):
    """Validation data with probabilities for labels, as a metric takes all its labels in one form.

    Raises:
        ValueError: if they are neither arrays nor a `tf.data.Dataset`.
    """
    if isinstance(validation_data, tuple):
        x, y, *weights = validation_data
        return x, keras.utils.to_categorical(y, classes), *weights
    if not isinstance(validation_data, tf.data.Dataset):
        raise ValueError(
            "With `mix`, `validation_data` must be a tuple of arrays or a tf.data.Dataset. "
            f"Received: {type(validation_data).__name__}"
        )
    return validation_data.map(lambda x, y, *weights: (x, tf.one_hot(tf.cast(y, tf.int32), classes), *weights))
