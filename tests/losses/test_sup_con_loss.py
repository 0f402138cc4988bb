import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import NTXent, SupConLoss
from tests.differences import gradient_by_differences
from tests.replicas import mirrored


def embeddings(samples=7, views=2, width=4, seed=0):
    return np.random.default_rng(seed).normal(size=(samples, views, width)).astype(np.float32)


LABELS = np.array([3, 1, 3, 9, 1, 3, 5])


def slow(labels, z, temperature):
    """Equation 2 of the paper, over all views, averaged over those of a sample."""
    samples, views, _ = z.shape
    z = z.astype(np.float64) / np.linalg.norm(z.astype(np.float64), axis=-1, keepdims=True)
    every = [(s, v) for s in range(samples) for v in range(views)]
    losses = np.zeros(samples)
    for i in every:
        positives = [p for p in every if p != i and labels[p[0]] == labels[i[0]]]
        denominator = sum(np.exp(z[i] @ z[a] / temperature) for a in every if a != i)
        terms = [np.log(np.exp(z[i] @ z[p] / temperature) / denominator) for p in positives]
        losses[i[0]] += -sum(terms) / len(positives) / views if positives else 0.0
    return losses


class TestSupConLoss:
    @pytest.mark.parametrize("views", [1, 2, 3])
    @pytest.mark.parametrize("temperature", [0.1, 0.5])
    def test_is_the_papers(self, views, temperature):
        z = embeddings(views=views)
        losses = SupConLoss(temperature, reduction="none")(LABELS, z)
        np.testing.assert_allclose(losses, slow(LABELS, z, temperature), rtol=1e-5, atol=1e-6)

    def test_one_view_needs_no_axis_for_it(self):
        z = embeddings(views=1)
        np.testing.assert_allclose(SupConLoss()(LABELS[:, None], z[:, 0]), SupConLoss()(LABELS, z), rtol=1e-6)

    def test_gradient_is_the_papers(self):
        labels, z = LABELS[:4], embeddings(4, width=3)
        variable = tf.Variable(z)
        with tf.GradientTape() as tape:
            loss = SupConLoss(0.5)(labels, variable)
        expected = gradient_by_differences(lambda moved: slow(labels, moved, 0.5).mean(), z)
        np.testing.assert_allclose(tape.gradient(loss, variable), expected, atol=1e-5)

    def test_invariances(self):
        z = embeddings()
        loss = SupConLoss(0.2, reduction="none")
        plain = loss(LABELS, z).numpy()
        order = np.random.default_rng(1).permutation(len(z))
        np.testing.assert_allclose(loss(LABELS[order], z[order]), plain[order], rtol=1e-5)
        np.testing.assert_allclose(loss(LABELS, z[:, ::-1]), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(LABELS, z * 7), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(100 - LABELS, z), plain, rtol=1e-5)

    def test_without_labels_it_is_nt_xent(self):
        z = embeddings()
        expected = NTXent(0.2, reduction="none")(z[:, 1], z[:, 0])
        np.testing.assert_allclose(SupConLoss(0.2, reduction="none")(np.full(7, -1), z), expected, rtol=1e-5)

    def test_samples_without_label_are_alone_on_replicas_too(self):
        """A number of their own over all replicas, not within each."""
        z, labels = embeddings(8), np.array([-1, 2, -1, 2, -1, 2, -1, -1])
        whole = SupConLoss(0.2, reduction="none")(labels, z)

        def parts(values):
            split = iter(np.split(values, 2))
            return mirrored(2).experimental_distribute_values_from_function(lambda _: tf.constant(next(split)))

        step = tf.function(lambda labels, z: SupConLoss(0.2, reduction="none")(labels, z))
        shares = mirrored(2).run(step, [parts(labels), parts(z)])
        np.testing.assert_allclose(np.concatenate(mirrored(2).experimental_local_results(shares)), whole, rtol=1e-5)

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_cold_temperature_on_collapsed_embeddings_is_finite(self, value):
        same = tf.Variable(np.full((4, 2, 3), value, np.float32))
        with tf.GradientTape() as tape:
            loss = SupConLoss(0.01)([0, 0, 1, 1], same)
        np.testing.assert_allclose(loss, np.log(7), rtol=1e-4)
        assert np.isfinite(tape.gradient(loss, same)).all()

    def test_wrong_arguments_are_named(self):
        with pytest.raises(ValueError, match=r"one-hot"):
            SupConLoss().call(np.eye(7), embeddings())
        with pytest.raises(ValueError, match=r"\(7, 2, 4, 1\)"):
            SupConLoss().call(LABELS, embeddings()[..., None])
        with pytest.raises(ValueError, match="temperature=0"):
            SupConLoss(0)
