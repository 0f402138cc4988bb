import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.adaptation import MMD
from keras_transfer.adaptation.mmd import discrepancy
from tests.adaptation.adaptation_case import StatelessCase, accuracy_on_target, accuracy_without_help
from tests.differences import assert_gradients

GENERATOR = np.random.default_rng(0)
SOURCE, TARGET = (GENERATOR.normal(size=(rows, 3)).astype("float32") for rows in (5, 4))
MULTIPLES = (0.5, 2.0)


def scale_of(source, target, heuristic):
    every = np.concatenate([source, target])
    pairs = [np.sum((every[i] - every[j]) ** 2) for i in range(len(every)) for j in range(i)]
    return np.mean(pairs) if heuristic == "mean" else np.median(pairs)


def slow(source, target, scale):
    def kernel(a, b):
        return np.mean([np.exp(-np.sum((a - b) ** 2) / (multiple * scale)) for multiple in MULTIPLES])

    def within(rows):
        values = [kernel(rows[i], rows[j]) for i in range(len(rows)) for j in range(len(rows)) if i != j]
        return np.mean(values)

    across = np.mean([kernel(a, b) for a in source for b in target])
    return within(source) + within(target) - 2 * across


class TestMMD(StatelessCase):
    def make_from(self, classifier):
        return MMD(classifier, strength=2.0, bandwidth="median")

    @pytest.mark.parametrize("replicas", [2, 4])
    def test_replicas_give_the_gradient_of_one_device(self, replicas):
        super().test_replicas_give_the_gradient_of_one_device(replicas)

    @pytest.mark.parametrize("bandwidth", ["mean", "median", 3.0])
    def test_discrepancy_and_gradient_are_those_of_the_paper(self, bandwidth):
        scale = scale_of(SOURCE, TARGET, bandwidth) if isinstance(bandwidth, str) else bandwidth
        found = discrepancy(tf.constant(SOURCE), tf.constant(TARGET), MULTIPLES, bandwidth)
        np.testing.assert_allclose(found, slow(SOURCE, TARGET, scale), atol=1e-6)
        assert_gradients(
            lambda source, target: discrepancy(source, target, MULTIPLES, bandwidth),
            lambda source, target: slow(source, target, scale),  # no gradient through the scale
            [SOURCE, TARGET],
        )

    def test_far_away_features_keep_their_distances(self):
        near = discrepancy(tf.constant(SOURCE), tf.constant(TARGET), MULTIPLES, "mean")
        far = discrepancy(tf.constant(SOURCE) + 300.0, tf.constant(TARGET) + 300.0, MULTIPLES, "mean")
        np.testing.assert_allclose(near, far, atol=1e-4)

    def test_equal_features_are_finite(self):
        features = tf.Variable(np.ones((4, 3), np.float32))
        with tf.GradientTape() as tape:
            value = discrepancy(features, features, MULTIPLES, "mean")
        assert abs(float(value)) < 1e-6
        assert np.isfinite(tape.gradient(value, features)).all()

    def test_helps_in_the_target(self):
        assert accuracy_on_target(lambda classifier, steps: MMD(classifier)) > accuracy_without_help() + 0.1

    @pytest.mark.parametrize(
        "options", [{"multiples": ()}, {"multiples": (0,)}, {"bandwidth": "mode"}, {"bandwidth": 0}]
    )
    def test_bad_kernels_are_named(self, options):
        (name,) = options
        with pytest.raises(ValueError, match=f"Received: {name}="):
            MMD(self.classifier(), **options)
