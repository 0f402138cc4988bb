import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import InfoNCE
from tests.differences import assert_gradients


def rows(count, seed, width=4):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def slow(queries, keys, negatives, temperature, in_batch):
    """Equation 4 of the paper, in plain loops, with the cosine as the score."""
    q, k, extra = (
        z.astype(np.float64) / np.linalg.norm(z.astype(np.float64), axis=1, keepdims=True)
        for z in (queries, keys, negatives)
    )
    losses = []
    for i in range(len(q)):
        compared = [*(k if in_batch else k[i : i + 1]), *extra]
        scores = [np.exp(q[i] @ other / temperature) for other in compared]
        losses.append(-np.log(np.exp(q[i] @ k[i] / temperature) / sum(scores)))
    return np.array(losses)


class TestInfoNCE:
    @pytest.mark.parametrize("temperature", [0.1, 0.5])
    @pytest.mark.parametrize("in_batch, extra", [(True, 0), (True, 3), (False, 3)])
    def test_is_the_papers(self, temperature, in_batch, extra):
        queries, keys, negatives = rows(6, 0), rows(6, 1), rows(extra, 2)
        loss = InfoNCE(temperature, in_batch, reduction="none")
        losses = loss.compare(queries, keys, negatives if extra else None)
        np.testing.assert_allclose(losses, slow(queries, keys, negatives, temperature, in_batch), rtol=1e-5)
        if not extra:
            np.testing.assert_allclose(loss(keys, queries), losses, rtol=1e-6)

    @pytest.mark.parametrize("in_batch", [True, False])
    def test_gradient_is_the_papers(self, in_batch):
        assert_gradients(
            InfoNCE(0.5, in_batch).compare,
            lambda *points: slow(*points, 0.5, in_batch),
            [rows(4, seed) for seed in range(3)],
        )

    def test_invariances(self):
        queries, keys, negatives = rows(6, 0), rows(6, 1), rows(5, 2)
        loss = InfoNCE(0.2)
        plain = loss.compare(queries, keys, negatives).numpy()
        order = np.random.default_rng(1).permutation(6)
        np.testing.assert_allclose(loss.compare(queries[order], keys[order], negatives), plain[order], rtol=1e-5)
        np.testing.assert_allclose(loss.compare(queries, keys, negatives[::-1]), plain, rtol=1e-5)
        np.testing.assert_allclose(loss.compare(queries * 3, keys * 0.1, negatives * 9), plain, rtol=1e-5)

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_cold_temperature_on_collapsed_embeddings_is_finite(self, value):
        same = tf.Variable(np.full((5, 4), value, np.float32))
        with tf.GradientTape() as tape:
            loss = InfoNCE(0.01)(same, same)
        np.testing.assert_allclose(loss, np.log(5), rtol=1e-4)
        assert np.isfinite(tape.gradient(loss, same)).all()

    def test_wrong_arguments_are_named(self):
        with pytest.raises(ValueError, match="temperature=0"):
            InfoNCE(0)
        with pytest.raises(ValueError, match="negatives=None"):
            InfoNCE(in_batch=False).compare(rows(3, 0), rows(3, 1))
        with pytest.raises(ValueError, match=r"\(3, 4\) and \(2, 4\)"):
            InfoNCE().compare(rows(3, 0), rows(2, 1))
