import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import CLIPLoss, SigLIPLoss
from tests.differences import assert_gradients
from tests.replicas import mirrored


def rows(count, seed, width=4):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def slow(images, texts, scale):
    """Figure 3 of the paper, in plain loops."""
    u, v = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (np.float64(images), np.float64(texts)))
    losses = []
    for i in range(len(u)):
        of_image = -np.log(np.exp(scale * u[i] @ v[i]) / sum(np.exp(scale * u[i] @ other) for other in v))
        of_text = -np.log(np.exp(scale * u[i] @ v[i]) / sum(np.exp(scale * other @ v[i]) for other in u))
        losses.append((of_image + of_text) / 2)
    return np.array(losses)


@pytest.fixture(params=["plain", "tiled"])
def form(request, monkeypatch):
    """Both ways of a loss: tiles of a single row."""
    if request.param == "tiled":
        monkeypatch.setattr("keras_transfer.losses.row_tiles.TILE_NUMBERS", 20)


@pytest.mark.usefixtures("form")
class TestCLIPLoss:
    @pytest.mark.parametrize("temperature", [0.05, 0.5])
    def test_is_the_papers(self, temperature):
        images, texts = rows(6, 0), rows(6, 1)
        losses = CLIPLoss(temperature, reduction="none")(texts, images)
        np.testing.assert_allclose(losses, slow(images, texts, 1 / temperature), rtol=1e-5)

    def test_gradient_is_the_papers_of_the_scale_too(self):
        points = [rows(4, 0), rows(4, 1), np.array(3.0, np.float32)]
        assert_gradients(CLIPLoss().compare, slow, points)

    def test_invariances(self):
        images, texts = rows(6, 0), rows(6, 1)
        loss = CLIPLoss(0.2, reduction="none")
        plain = loss(texts, images).numpy()
        order = np.random.default_rng(1).permutation(6)
        np.testing.assert_allclose(loss(texts[order], images[order]), plain[order], rtol=1e-5)
        np.testing.assert_allclose(loss(images, texts), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(texts * 3, images * 0.1), plain, rtol=1e-5)

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_cold_temperature_on_collapsed_embeddings_is_finite(self, value):
        same = tf.Variable(np.full((5, 4), value, np.float32))
        with tf.GradientTape() as tape:
            loss = CLIPLoss(0.01)(same, same)
        np.testing.assert_allclose(loss, np.log(5), rtol=1e-4)
        assert np.isfinite(tape.gradient(loss, same)).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float32(dtype):
    images, texts = (tf.cast(rows(6, seed), dtype) for seed in range(2))
    losses = CLIPLoss(0.01, reduction="none").compare(images, texts)
    assert losses.dtype == tf.float32
    expected = slow(tf.cast(images, tf.float32).numpy(), tf.cast(texts, tf.float32).numpy(), 100.0)
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("replicas", [2, 4])
@pytest.mark.parametrize("loss", [CLIPLoss(), SigLIPLoss()], ids=["clip", "siglip"])
def test_replicas_have_the_gradient_of_one_device(loss, replicas):
    pairs, scale = np.stack([rows(8, 0), rows(8, 1)], axis=1), tf.constant(5.0)

    def step(share):
        with tf.GradientTape() as tape:
            tape.watch([share, scale])
            total = tf.reduce_sum(loss.compare(share[:, 0], share[:, 1], scale)) / 8
        return total, *tape.gradient(total, [share, scale])

    total, of_pairs, of_scale = step(tf.constant(pairs))
    strategy = mirrored(replicas)
    shares = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(np.split(pairs, replicas)[context.replica_id_in_sync_group])
    )
    results = strategy.run(tf.function(step), args=(shares,))
    totals, of_shares, of_scales = (strategy.experimental_local_results(result) for result in results)
    np.testing.assert_allclose(sum(totals), total, rtol=1e-5)
    np.testing.assert_allclose(np.concatenate(of_shares), of_pairs, atol=1e-5)
    np.testing.assert_allclose(sum(of_scales), of_scale, rtol=1e-4, atol=1e-6)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="temperature=0"):
        CLIPLoss(0)
    with pytest.raises(ValueError, match=r"\(3, 4\) and \(2, 4\)"):
        CLIPLoss().compare(rows(3, 0), rows(2, 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="CLIPLoss.*needs at least 2"):
        CLIPLoss().compare(rows(1, 0), rows(1, 1))


def test_config_round_trip():
    loss = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(CLIPLoss(0.3)))
    assert type(loss) is CLIPLoss and loss.temperature == 0.3
