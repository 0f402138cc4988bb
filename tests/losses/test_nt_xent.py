import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import NTXent, row_logsumexp
from tests.differences import gradient_by_differences


def views(samples=6, width=5, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(samples, width)).astype(np.float32) for _ in range(2)]


def slow_nt_xent(first, second, temperature):
    """The paper's equation 1, in plain loops."""
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    n = len(first)
    losses = np.zeros(2 * n)
    for i in range(2 * n):
        positive = (i + n) % (2 * n)
        denominator = sum(np.exp(z[i] @ z[k] / temperature) for k in range(2 * n) if k != i)
        losses[i] = -np.log(np.exp(z[i] @ z[positive] / temperature) / denominator)
    return (losses[:n] + losses[n:]) / 2


class TestNTXent:
    @pytest.mark.parametrize("temperature", [0.1, 0.5])
    def test_is_the_papers(self, temperature):
        first, second = views()
        losses = NTXent(temperature, reduction="none")(second, first)
        np.testing.assert_allclose(losses, slow_nt_xent(first, second, temperature), rtol=1e-5)

    def test_gradient_is_the_papers(self):
        first, second = views(4, 3)
        variable = tf.Variable(first)
        with tf.GradientTape() as tape:
            loss = NTXent(0.5)(tf.constant(second), variable)
        expected = gradient_by_differences(lambda moved: slow_nt_xent(moved, second, 0.5).mean(), first)
        np.testing.assert_allclose(tape.gradient(loss, variable), expected, atol=1e-5)

    def test_invariances(self):
        first, second = views()
        loss = NTXent(0.2, reduction="none")
        order = np.random.default_rng(1).permutation(len(first))
        plain = loss(second, first).numpy()
        np.testing.assert_allclose(loss(second[order], first[order]), plain[order], rtol=1e-5)
        np.testing.assert_allclose(loss(first, second), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(second * 3, first * 0.1), plain, rtol=1e-5)

    def test_unequal_views_are_named(self):
        with pytest.raises(ValueError, match=r"\(6, 5\) and \(6, 4\)"):
            NTXent().call(np.ones((6, 4), np.float32), np.ones((6, 5), np.float32))

    @pytest.mark.parametrize("temperature", [0, -1])
    def test_temperature_is_positive(self, temperature):
        with pytest.raises(ValueError, match=f"temperature={temperature}"):
            NTXent(temperature)


class TestRowLogsumexp:
    @pytest.mark.parametrize("tile", [1, 3, 7, 20])
    @pytest.mark.parametrize("excluded", [0, 1, 2])
    def test_tiles_change_nothing(self, tile, excluded):
        generator = np.random.default_rng(0)
        queries, keys = (tf.constant(generator.normal(size=(n, 4)).astype(np.float32)) for n in (7, 9))
        exclude = np.stack([generator.permutation(9)[:excluded] for _ in range(7)]) if excluded else None
        upstream = tf.constant(generator.random(7, np.float32))

        def value_and_gradients(**options):
            with tf.GradientTape() as tape:
                tape.watch([queries, keys])
                value = row_logsumexp(queries, keys, exclude, **options)
            return value, *tape.gradient(value, [queries, keys], upstream)

        for tiled, plain in zip(value_and_gradients(tile=tile), value_and_gradients(), strict=True):
            np.testing.assert_allclose(tiled, plain, atol=1e-5)

    @pytest.mark.parametrize("tile", [None, 1, 3, 20])
    @pytest.mark.parametrize("excluded", [False, True])
    def test_positive_is_subtracted_even_if_it_is_left_out(self, tile, excluded):
        generator = np.random.default_rng(0)
        queries, keys = (tf.constant(generator.normal(size=(n, 4)).astype(np.float32)) for n in (7, 9))
        positive, upstream = generator.integers(9, size=7), tf.constant(generator.random(7, np.float32))
        exclude = positive[:, None] if excluded else None
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([queries, keys])
            fused = row_logsumexp(queries, keys, exclude, tile=tile, positive=positive)
            apart = row_logsumexp(queries, keys, exclude) - tf.reduce_sum(queries * tf.gather(keys, positive), axis=1)
        np.testing.assert_allclose(fused, apart, rtol=1e-5, atol=1e-6)
        gradients = [tape.gradient(value, [queries, keys], upstream) for value in (fused, apart)]
        for one, other in zip(*gradients, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    @pytest.mark.parametrize("tile", [None, 3])
    def test_temperature_divides_the_products(self, tile):
        generator = np.random.default_rng(0)
        queries, keys = (tf.constant(generator.normal(size=(n, 4)).astype(np.float32)) for n in (7, 9))
        results = []
        for scaled, options in ((queries / 0.2, {}), (queries, {"temperature": 0.2})):
            with tf.GradientTape() as tape:
                tape.watch([scaled, keys])
                value = row_logsumexp(scaled, keys, tile=tile, **options)
            results.append((value, *tape.gradient(value, [scaled, keys])))
        (value, of_scaled, of_keys), (other, of_queries, of_other_keys) = results
        np.testing.assert_allclose(other, value, rtol=1e-5)
        np.testing.assert_allclose(of_queries, of_scaled / 0.2, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(of_other_keys, of_keys, rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize("upstream", [[0.3] * 7, np.arange(7) / 7])
    def test_tiles_change_nothing_in_a_graph(self, upstream):
        """With equal and with unequal weights of the rows, which take different ways."""
        generator = np.random.default_rng(0)
        queries, keys = (tf.constant(generator.normal(size=(n, 4)).astype(np.float32)) for n in (7, 9))
        upstream = tf.constant(upstream, tf.float32)

        def gradients(tile):
            with tf.GradientTape() as tape:
                tape.watch([queries, keys])
                value = row_logsumexp(queries, keys, tile=tile)
            return tape.gradient(value, [queries, keys], upstream)

        for tiled, plain in zip(tf.function(gradients)(3), gradients(None), strict=True):
            np.testing.assert_allclose(tiled, plain, atol=1e-5)

    def test_unknown_batch_size(self):
        queries = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
        compiled = tf.function(
            lambda z: row_logsumexp(z, z, tf.range(tf.shape(z)[0])[:, None]), input_signature=[tf.TensorSpec([None, 3])]
        )
        np.testing.assert_allclose(compiled(queries), row_logsumexp(queries, queries, np.arange(5)[:, None]), atol=1e-6)
