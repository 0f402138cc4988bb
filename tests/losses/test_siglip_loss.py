import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import SigLIPLoss
from keras_transfer.losses.row_softplus import row_softplus
from tests.differences import assert_gradients
from tests.losses.test_clip_loss import rows


def slow(images, texts, scale, bias):
    """Equation 1 of the paper, in plain loops; the loss of a pair is that of its image."""
    x, y = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (np.float64(images), np.float64(texts)))
    losses = np.zeros(len(x))
    for i in range(len(x)):
        for j in range(len(y)):
            z = 1 if i == j else -1
            losses[i] -= np.log(1 / (1 + np.exp(z * (-scale * x[i] @ y[j] - bias))))
    return losses


@pytest.fixture(params=["plain", "tiled"])
def form(request, monkeypatch):
    """Both ways of the loss: tiles of a single row."""
    if request.param == "tiled":
        monkeypatch.setattr("keras_transfer.losses.row_tiles.TILE_NUMBERS", 20)


@pytest.mark.usefixtures("form")
class TestSigLIPLoss:
    @pytest.mark.parametrize("scale, bias", [(10.0, -10.0), (3.0, 1.0)])
    def test_is_the_papers(self, scale, bias):
        images, texts = rows(6, 0), rows(6, 1)
        losses = SigLIPLoss(scale, bias, reduction="none")(texts, images)
        np.testing.assert_allclose(losses, slow(images, texts, scale, bias), rtol=1e-5)

    def test_gradient_is_the_papers_of_scale_and_bias_too(self):
        points = [rows(4, 0), rows(4, 1), np.array(3.0, np.float32), np.array(-2.0, np.float32)]
        assert_gradients(SigLIPLoss().compare, slow, points)

    def test_invariances(self):
        images, texts = rows(6, 0), rows(6, 1)
        loss = SigLIPLoss(5.0, -2.0, reduction="none")
        plain = loss(texts, images).numpy()
        order = np.random.default_rng(1).permutation(6)
        np.testing.assert_allclose(loss(texts[order], images[order]), plain[order], rtol=1e-5)
        np.testing.assert_allclose(loss(texts * 3, images * 0.1), plain, rtol=1e-5)
        # Which of the two asks the questions matters to a pair, not to the batch.
        np.testing.assert_allclose(sum(loss(images, texts)), sum(plain), rtol=1e-5)

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_large_scale_on_collapsed_embeddings_is_finite(self, value):
        same = tf.Variable(np.full((5, 4), value, np.float32))
        with tf.GradientTape() as tape:
            loss = SigLIPLoss(100.0, -10.0)(same, same)
        logit = 100 * value - 10
        np.testing.assert_allclose(loss, np.logaddexp(0, -logit) + 4 * np.logaddexp(0, logit), rtol=1e-5)
        assert np.isfinite(tape.gradient(loss, same)).all()


class TestRowSoftplus:
    @pytest.mark.parametrize("tile", [1, 3, 20])
    @pytest.mark.parametrize("upstream", [[0.3] * 7, np.arange(7) / 7])
    def test_tiles_change_nothing_in_a_graph(self, tile, upstream):
        queries, keys, positive = tf.constant(rows(7, 0)), tf.constant(rows(9, 1)), np.array([3, 1, 8, 0, 0, 5, 2])

        def value_and_gradients(tile):
            with tf.GradientTape() as tape:
                tape.watch([queries, keys])
                value = row_softplus(queries, keys, positive, tile)
            return value, *tape.gradient(value, [queries, keys], tf.constant(upstream, tf.float32))

        for tiled, plain in zip(tf.function(value_and_gradients)(tile), value_and_gradients(None), strict=True):
            np.testing.assert_allclose(tiled, plain, rtol=1e-5, atol=1e-5)

    def test_unknown_batch_size(self):
        z = rows(5, 0)
        compiled = tf.function(
            lambda z: row_softplus(z, z, tf.range(tf.shape(z)[0])), input_signature=[tf.TensorSpec([None, 4])]
        )
        np.testing.assert_allclose(compiled(z), row_softplus(z, z, np.arange(5)), rtol=1e-5)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="scale=0"):
        SigLIPLoss(0)
    with pytest.raises(ValueError, match=r"\(3, 4\) and \(2, 4\)"):
        SigLIPLoss().compare(rows(3, 0), rows(2, 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="SigLIPLoss.*needs at least 2"):
        SigLIPLoss().compare(rows(1, 0), rows(1, 1))


def test_config_round_trip():
    loss = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(SigLIPLoss(3.0, -1.0)))
    assert type(loss) is SigLIPLoss and (loss.scale, loss.bias) == (3.0, -1.0)
