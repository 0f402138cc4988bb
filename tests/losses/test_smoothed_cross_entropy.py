import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import SmoothedCrossEntropy


def by_hand(classes, logits, smoothing):
    """Sum of target times logarithm, element by element."""
    losses = []
    for row, own in zip(logits.astype(np.float64), classes, strict=True):
        logarithms = row - np.log(np.exp(row).sum())
        losses.append(0.0)
        for index, logarithm in enumerate(logarithms):
            losses[-1] -= ((index == own) * (1 - smoothing) + smoothing / len(row)) * logarithm
    return losses


class TestSmoothedCrossEntropy:
    @pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
    @pytest.mark.parametrize("shape", [(6,), (6, 1)])
    def test_is_the_formula(self, smoothing, shape):
        generator = np.random.default_rng(0)
        logits, classes = generator.normal(size=(6, 4)).astype(np.float32), generator.integers(0, 4, 6)
        losses = SmoothedCrossEntropy(smoothing, reduction="none")(classes.reshape(shape), logits)
        np.testing.assert_allclose(losses, by_hand(classes, logits, smoothing), atol=1e-5)

    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_of_mixed_labels_it_is_the_mean_of_their_losses(self, smoothing):
        generator = np.random.default_rng(0)
        logits, classes = generator.normal(size=(6, 4)).astype(np.float32), generator.integers(0, 4, (2, 6))
        share = generator.random((6, 1)).astype(np.float32)
        mixed = share * np.eye(4, dtype=np.float32)[classes[0]] + (1 - share) * np.eye(4, dtype=np.float32)[classes[1]]
        first, second = (np.array(by_hand(one, logits, smoothing)) for one in classes)
        expected = share[:, 0] * first + (1 - share[:, 0]) * second
        np.testing.assert_allclose(
            SmoothedCrossEntropy(smoothing, reduction="none")(mixed, logits), expected, atol=1e-5
        )

    def test_without_smoothing_is_keras_own(self):
        logits, classes = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32), np.array([0, 2, 1, 1, 0])
        expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(classes, logits)
        np.testing.assert_allclose(SmoothedCrossEntropy(0.0)(classes, logits), expected, rtol=1e-6)

    def test_certain_and_right_still_has_a_gradient(self):
        logits = tf.constant([[30.0, 0.0, 0.0]])

        def gradient(smoothing):
            with tf.GradientTape() as tape:
                tape.watch(logits)
                loss = SmoothedCrossEntropy(smoothing)(np.array([0]), logits)
            return np.abs(tape.gradient(loss, logits)).max()

        assert gradient(0.0) < 1e-12
        assert gradient(0.1) > 0.01

    def test_half_precision_is_summed_in_float32(self):
        logits = np.array([[60000.0, -60000.0]], np.float16)
        loss = SmoothedCrossEntropy(0.1, dtype="float32")(np.array([1]), logits)
        assert np.isfinite(loss) and loss.dtype == tf.float32

    def test_saves_its_smoothing(self):
        loss = SmoothedCrossEntropy(0.2)
        assert keras.losses.deserialize(keras.losses.serialize(loss)).label_smoothing == 0.2

    @pytest.mark.parametrize("smoothing", [-0.1, 1.0])
    def test_bad_smoothing_is_named(self, smoothing):
        with pytest.raises(ValueError, match=f"label_smoothing={smoothing}"):
            SmoothedCrossEntropy(smoothing)
