"""Gradients without calculus."""

import numpy as np
import tensorflow as tf


def gradient_by_differences(function, point, step=1e-4):
    """Central differences of a scalar function of one array, in float64."""
    gradient = np.zeros_like(point, np.float64)
    for index in np.ndindex(point.shape):
        ends = []
        for sign in (1, -1):
            moved = point.astype(np.float64)
            moved[index] += sign * step
            ends.append(function(moved))
        gradient[index] = (ends[0] - ends[1]) / (2 * step)
    return gradient


def assert_gradients(function, slow, points, atol=1e-5):
    """Compare the gradient of `function`, of the mean of what it gives for variables, with that of `slow` for arrays."""
    variables = [tf.Variable(point) for point in points]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(function(*variables))
    for index, gradient in enumerate(tape.gradient(loss, variables)):

        def moved(point, index=index):
            return slow(*points[:index], point, *points[index + 1 :]).mean()

        np.testing.assert_allclose(gradient, gradient_by_differences(moved, points[index]), atol=atol)
