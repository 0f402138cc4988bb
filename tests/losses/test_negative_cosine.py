import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import NegativeCosine


class TestNegativeCosine:
    def test_is_the_formula_whatever_the_length(self):
        generator = np.random.default_rng(0)
        a, b = (generator.normal(size=(6, 5)).astype(np.float32) for _ in range(2))
        expected = [-sum(x * y for x, y in zip(p, q, strict=True)) for p, q in zip(a, b, strict=True)]
        expected /= np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        loss = NegativeCosine(reduction="none")
        np.testing.assert_allclose(loss(a, b), expected, atol=1e-6)
        np.testing.assert_allclose(loss(a * 100, b * 0.01), expected, atol=1e-6)

    @pytest.mark.parametrize("length", [0.0, 1e-9])
    def test_a_row_without_direction_has_no_gradient(self, length):
        rows = tf.constant([[length, 0.0], [3.0, 4.0]])
        with tf.GradientTape() as tape:
            tape.watch(rows)
            loss = NegativeCosine()(tf.ones((2, 2)), rows)
        gradient = tape.gradient(loss, rows).numpy()
        np.testing.assert_array_equal(gradient[0], 0)
        assert 0 < np.abs(gradient[1]).max() < 1

    def test_unequal_shapes_are_named(self):
        with pytest.raises(ValueError, match=r"\(6, 5\) and \(6, 4\)"):
            NegativeCosine().call(np.ones((6, 5), np.float32), np.ones((6, 4), np.float32))
