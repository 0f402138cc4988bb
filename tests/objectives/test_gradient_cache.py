import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.objectives import BYOL, NNCLR, BarlowTwins, MoCo, MoCoV3, SimCLR, SimSiam, SupCon, VICReg
from keras_transfer.objectives.gradient_cache import in_chunks
from tests.replicas import mirrored

OBJECTIVES = [SimCLR, MoCo, MoCoV3, NNCLR, BYOL, SimSiam, BarlowTwins, VICReg, SupCon]


def encoder(dropout=0.0, norm=None):
    inputs = keras.Input((6, 6, 1))
    outputs = keras.layers.Conv2D(4, 3, activation="tanh")(inputs)
    if norm:
        outputs = norm(outputs)
    outputs = keras.layers.Dropout(dropout, seed=5)(outputs)
    outputs = keras.layers.Dense(5, activation="tanh")(keras.layers.Flatten()(outputs))
    return keras.Model(inputs, keras.layers.Dropout(dropout, seed=6)(outputs), name="tiny")


def batch(samples, seed=0):
    generator = np.random.default_rng(seed)
    views = tuple(generator.random((samples, 6, 6, 1), np.float32) for _ in range(2))
    return views, generator.integers(3, size=samples)


def trained(kind, chunk, dropout=0.0, steps=2, xla=False):
    """Weights after a few steps, with the cache or without, and the losses."""
    keras.utils.set_random_seed(0)
    objective = kind(encoder(dropout), projection=(7, 4), gradient_cache=chunk)
    objective.compile(keras.optimizers.SGD(0.05), jit_compile=xla)
    losses = [
        objective.train_on_batch(batch(6, step)[0], batch(6, step)[1] if kind is SupCon else None)
        for step in range(steps)
    ]
    return objective.get_weights(), losses


def values_and_gradients(run, model, upstream):
    """Outputs of `run`, and the gradients of `model`'s weights."""
    with tf.GradientTape() as tape:
        outputs = run()
    return outputs, tape.gradient(outputs, model.trainable_variables, upstream)


class TestGradientCache:
    @pytest.mark.parametrize("kind", OBJECTIVES)
    def test_steps_are_the_uncached_ones(self, kind):
        # 5 does not divide the 12 views.
        (cached, losses), (plain, expected) = trained(kind, 5), trained(kind, None)
        np.testing.assert_allclose(losses, expected, rtol=1e-5)
        for one, other in zip(cached, plain, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    def test_xla_compiles_them(self):
        (cached, losses), (plain, expected) = trained(SimCLR, 5, xla=True), trained(SimCLR, None)
        np.testing.assert_allclose(losses, expected, rtol=1e-5)
        for one, other in zip(cached, plain, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    @pytest.mark.parametrize("chunk", [1, 4, 7, 20])
    @pytest.mark.parametrize("compiled", [False, True])
    def test_dropout_is_replayed(self, chunk, compiled):
        """The gradient is that of the same chunks, with the same masks, run the ordinary way."""
        samples, upstream = batch(7)[0][0], tf.constant(np.random.default_rng(1).normal(size=(7, 5)), tf.float32)
        model = encoder(dropout=0.5)
        states = [variable for variable in model.variables if "seed" in variable.path]
        start = [state.numpy() for state in states]

        def cached():
            return values_and_gradients(lambda: in_chunks(model, tf.constant(samples), chunk), model, upstream)

        def plain():
            return values_and_gradients(
                lambda: tf.concat([model(samples[i : i + chunk], training=True) for i in range(0, 7, chunk)], 0),
                model,
                upstream,
            )

        outputs, gradients = tf.function(cached)() if compiled else cached()
        after = [state.numpy() for state in states]
        for state, value in zip(states, start, strict=True):
            state.assign(value)
        expected, expected_gradients = plain()
        np.testing.assert_allclose(outputs, expected, atol=1e-6)
        for one, other in zip(gradients, expected_gradients, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
        assert len(states) == 2
        for state, value in zip(states, after, strict=True):
            # The next step draws new numbers: replaying took none and gave none back.
            np.testing.assert_array_equal(state, value)

    def test_replicas_give_the_gradient_of_one_device(self):
        def run():
            keras.utils.set_random_seed(0)
            objective = SimCLR(encoder(), projection=(7, 4), gradient_cache=3)
            objective.compile(keras.optimizers.SGD(0.05))
            return objective

        dataset = tf.data.Dataset.from_tensor_slices((batch(16)[0],)).batch(8, drop_remainder=True)
        alone = run()
        loss = alone.fit(dataset, verbose=0).history["loss"]
        with mirrored(2).scope():
            together = run()
        np.testing.assert_allclose(together.fit(dataset, verbose=0).history["loss"], loss, rtol=1e-5)
        for one, other in zip(alone.get_weights(), together.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    def test_mixed_precision(self):
        keras.config.set_dtype_policy("mixed_float16")
        try:
            weights, losses = trained(SimCLR, 4, dropout=0.1)
        finally:
            keras.config.set_dtype_policy("float32")
        assert np.isfinite(losses).all()
        assert all(np.isfinite(value).all() for value in weights)

    def test_survives_saving(self, tmp_path):
        objective = SimCLR(encoder(), projection=(7, 4), gradient_cache=4)
        objective.save(tmp_path / "objective.keras")
        assert keras.saving.load_model(tmp_path / "objective.keras").gradient_cache == 4

    def test_live_batch_norm_is_refused_and_frozen_is_not(self):
        norm = keras.layers.BatchNormalization(name="live")
        model = encoder(norm=norm)
        with pytest.raises(ValueError, match=r"live \(BatchNormalization\) has statistics"):
            SimCLR(model, gradient_cache=4)
        norm.trainable = False
        objective = SimCLR(model, projection=(7, 4), gradient_cache=4)
        objective.compile("sgd")
        assert np.isfinite(objective.train_on_batch(batch(6)[0]))
        norm.trainable = True
        objective.compile("sgd")
        with pytest.raises(ValueError, match="live"):
            objective.train_on_batch(batch(6)[0])

    def test_activity_regularisation_is_refused(self):
        model = encoder(norm=keras.layers.ActivityRegularization(l2=0.1, name="active"))
        with pytest.raises(ValueError, match="active"):
            SimCLR(model, gradient_cache=4)

    def test_chunks_have_a_sample_at_least(self):
        with pytest.raises(ValueError, match="gradient_cache=0"):
            SimCLR(encoder(), gradient_cache=0)
