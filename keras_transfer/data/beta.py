"""Draws from a symmetric Beta distribution, each from its own seed."""

import tensorflow as tf

from keras_transfer.data.uniform import uniform

_HALVINGS = 24  # as many bits as a float32 holds


def beta(seeds, alpha):
    """One draw from Beta(alpha, alpha) per seed, float32 of shape `(batch,)`.

    By bisection of the distribution function: the usual quotient of two Gamma variables is 0 / 0 in float32 for small `alpha`.

    Args:
        seeds: int32 of shape `(batch, 2)`.
        alpha: Above 0.

    Raises:
        ValueError: if `alpha` is not above 0.
    """
    if not alpha > 0:
        raise ValueError(f"`alpha` must be above 0. Received: alpha={alpha!r}")
    wanted = uniform(seeds, 1)[:, 0]
    shape = tf.fill(tf.shape(wanted), tf.constant(alpha, tf.float32))

    def halve(step, low):
        middle = low + 0.5 ** tf.cast(step, tf.float32)
        return step + 1, tf.where(tf.math.betainc(shape, shape, middle) < wanted, middle, low)

    _, low = tf.while_loop(lambda step, _: step <= _HALVINGS, halve, (1, tf.zeros_like(wanted)))
    return low
