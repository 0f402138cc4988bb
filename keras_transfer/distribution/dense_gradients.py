"""Gradients of embeddings, as replicas add them up with the fewest bytes."""

import tensorflow as tf

from keras_transfer.distribution.gather import replica_count


def dense_gradients(gradients, variables):
    """Turn gradients that are lists of rows into whole ones, where several replicas add them up.

    An embedding's gradient has a row for each token of the batch. TensorFlow gathers those of all replicas, which grows with
    their number; the whole gradient is added up, which does not.

    Args:
        gradients: As a tape gives them; some may be None.
        variables: What they are the gradients of.

    Returns:
        A list of gradients; outside of several replicas as they were.

    Example:
        >>> gradients = dense_gradients(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
    """
    if replica_count() == 1:
        return list(gradients)
    return [
        tf.math.unsorted_segment_sum(gradient.values, gradient.indices, variable.shape[0])
        if isinstance(gradient, tf.IndexedSlices)
        else gradient
        for gradient, variable in zip(gradients, variables, strict=True)
    ]
