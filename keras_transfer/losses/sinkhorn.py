"""Equal shares: an assignment of samples to prototypes that uses every prototype alike."""

import tensorflow as tf

from keras_transfer.distribution.gather import gather


def sinkhorn(scores, epsilon=0.05, iterations=3, also=None):
    """Assign the whole batch, over all replicas, softly and evenly to prototypes (Sinkhorn-Knopp).

    Starts from `exp(scores / epsilon)` and, `iterations` times, gives every prototype the same weight, then every sample the
    same. It is computed on logarithms in float32, so any `epsilon > 0` stays finite. Between replicas travels one number a
    prototype and iteration. No gradient passes.

    Args:
        scores: This replica's similarities of shape `(samples, prototypes)`.
        epsilon: Smoothness, `> 0`: lower makes assignments harder, and needs more iterations to be even.
        iterations: Rounds, `>= 1`. The paper has 3.
        also: Scores of further samples, `(others, prototypes)`, such as a queue's, the same on every replica. They are
            assigned along, so that few samples need not fill all prototypes, and left out of the result. May be empty.

    Returns:
        float32 of shape `(samples, prototypes)`, rows that sum to 1.

    Raises:
        ValueError: if `epsilon` or `iterations` is out of range.

    Example:
        >>> keras_transfer.losses.sinkhorn([[1.0, 0.9], [1.0, 0.0]]).numpy().round(2)
        array([[0., 1.],
               [1., 0.]], dtype=float32)

    References: [Cuturi, 2013](https://arxiv.org/abs/1306.0895); [Caron et al., 2020](https://arxiv.org/abs/2006.09882)
    """
    if not epsilon > 0:
        raise ValueError(f"`epsilon` must be > 0. Received: epsilon={epsilon}")
    if iterations < 1:
        raise ValueError(f"`iterations` must be >= 1. Received: iterations={iterations}")
    logs = tf.cast(tf.stop_gradient(scores), tf.float32) / epsilon
    others = logs[:0] if also is None else tf.cast(tf.stop_gradient(also), tf.float32) / epsilon
    for _ in range(iterations):
        # Weights of the prototypes: this replica's samples, everybody's, and the others once.
        whole, _ = gather(tf.reduce_logsumexp(logs, axis=0, keepdims=True))
        weights = tf.reduce_logsumexp(tf.concat([whole, others], axis=0), axis=0)
        logs, others = tf.nn.log_softmax(logs - weights), tf.nn.log_softmax(others - weights)
    return tf.exp(logs)
