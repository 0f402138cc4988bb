"""The contract that every pretraining objective keeps, as tests to inherit."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.callbacks import Resume
from tests.replicas import mirrored


class ObjectiveCase:
    """Inherit, define `make` and `inputs`, and every test below runs for that objective.

    What is special about an objective is tested beside it, against the paper's formula.
    """

    # Steps, on batches of 16 of that many samples, in which the loss must fall by this factor.
    learning_steps, learning_rate, falls_to, learning_samples = 30, 3e-3, 0.9, 16

    def make(self):
        """A small objective, fresh."""
        raise NotImplementedError

    def inputs(self, samples, seed=0):
        """The batch as `fit` gets it: `(x,)` or `(x, y)`, NumPy arrays."""
        raise NotImplementedError

    def encoder(self, shape=(8, 8, 1), features=6):
        """Synchronised batch norm in it, so that replicas are tested with it."""
        images = keras.Input(shape)
        outputs = keras.layers.Conv2D(4, 3, strides=2, use_bias=False)(images)
        outputs = keras.layers.BatchNormalization(synchronized=True)(outputs)
        outputs = keras.layers.Flatten()(keras.layers.ReLU()(outputs))
        return keras.Model(images, keras.layers.Dense(features)(outputs), name="tiny")

    def images(self, samples, seed=0, shape=(8, 8, 1)):
        return np.random.default_rng(seed).random((samples, *shape), np.float32)

    def two_views(self, samples, seed=0):
        images = self.images(samples, seed)
        noise = np.random.default_rng(seed + 1).normal(0, 0.1, images.shape).astype(np.float32)
        return ((images, images + noise),)

    def dataset(self, samples, batch, seed=0):
        return tf.data.Dataset.from_tensor_slices(self.inputs(samples, seed)).batch(batch, drop_remainder=True)

    def seeded(self, optimizer=None):
        keras.utils.set_random_seed(1)
        objective = self.make()
        objective.compile(keras.optimizers.SGD(0.05) if optimizer is None else optimizer)
        return objective

    def test_learns(self):
        objective = self.seeded(keras.optimizers.Adam(self.learning_rate))
        history = objective.fit(
            self.dataset(self.learning_samples, 16).repeat(),
            verbose=0,
            steps_per_epoch=1,
            epochs=self.learning_steps,
        )
        losses = history.history["loss"]
        assert np.isfinite(losses).all()
        assert np.mean(losses[-5:]) < self.falls_to * np.mean(losses[:3])

    def test_evaluates_without_updating(self):
        objective = self.seeded()
        weights = [value.copy() for value in objective.get_weights()]
        assert np.isfinite(objective.evaluate(self.dataset(8, 8), verbose=0, return_dict=True)["loss"])
        for before, after in zip(weights, objective.get_weights(), strict=True):
            np.testing.assert_array_equal(before, after)

    def test_saves_and_loads(self, tmp_path):
        objective = self.seeded()
        objective.fit(self.dataset(16, 8), verbose=0)
        objective.save(tmp_path / "objective.keras")
        loaded = keras.saving.load_model(tmp_path / "objective.keras")
        assert type(loaded) is type(objective)
        for saved, restored in zip(objective.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(saved, restored)
        # The optimizer goes on, too: one more equal step from equal state.
        keras.utils.set_random_seed(2)
        self.same_random_state(objective, loaded)
        for model in (objective, loaded):
            model.fit(self.dataset(8, 8, seed=3), verbose=0)
        for one, other in zip(objective.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    def same_random_state(self, source, target):
        # Generators are saved by `callbacks.Resume`, not in `.keras` files.
        for one, other in zip(generators(source), generators(target), strict=True):
            other.state.assign(one.state)

    @pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
    def test_mixed_precision_stays_finite(self, policy):
        keras.config.set_dtype_policy(policy)
        try:
            objective = self.seeded(keras.optimizers.Adam(1e-3))
            history = objective.fit(self.dataset(16, 8), verbose=0, epochs=2)
        finally:
            keras.config.set_dtype_policy("float32")
        assert np.isfinite(history.history["loss"]).all()
        assert all(np.isfinite(value).all() for value in objective.get_weights())

    @pytest.mark.parametrize("replicas", [2, 4])
    def test_replicas_give_the_gradient_of_one_device(self, replicas):
        alone = self.seeded()
        alone_loss = alone.fit(self.dataset(16, 8), verbose=0).history["loss"]
        with mirrored(replicas).scope():
            together = self.seeded()
        together_loss = together.fit(self.dataset(16, 8), verbose=0).history["loss"]
        np.testing.assert_allclose(alone_loss, together_loss, rtol=1e-5)
        for path, one, other in zip(paths(alone), alone.get_weights(), together.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5, err_msg=path)

    def test_xla_trains_as_plain_graphs_do(self):
        """Which Keras takes on a GPU, unless told otherwise, for every model that does not say it cannot be compiled."""
        trained = []
        for compiled in (False, True):
            keras.utils.set_random_seed(1)
            objective = self.make()
            objective.compile(keras.optimizers.SGD(0.05), jit_compile=compiled and objective.supports_jit)
            objective.fit(self.dataset(16, 8), verbose=0)
            trained.append(objective.get_weights())
        for path, one, other in zip(paths(objective), *trained, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4, err_msg=path)

    def test_resumes_exactly(self, tmp_path):
        def train(folder, stop_at=None):
            objective = self.seeded(keras.optimizers.Adam(1e-3))
            # After Resume in the list, so that the batch is saved, or not, before the stop.
            callbacks = [Resume(folder, every=1, name="fit"), Stop(stop_at)]
            objective.fit(self.dataset(24, 8), epochs=2, verbose=0, callbacks=callbacks)
            return objective

        quiet = train(tmp_path / "quiet")
        with pytest.raises(Stopped):
            train(tmp_path / "stopped", stop_at=4)
        resumed = train(tmp_path / "stopped")
        for path, one, other in zip(paths(quiet), quiet.get_weights(), resumed.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=path)

    def test_loss_of_its_own_is_said(self):
        objective = self.make()
        objective.compile(loss="mse")
        with pytest.raises(ValueError, match="brings its own loss"):
            objective.evaluate(self.dataset(8, 8), verbose=0)

    def test_unbuilt_encoder_is_named(self):
        objective = self.make()
        config = objective.get_config()
        arguments = {
            key: value for key, value in config.items() if key not in ("encoder", "name", "trainable", "dtype")
        }
        with pytest.raises(ValueError, match="must be built"):
            type(objective)(keras.Sequential([keras.layers.Dense(3)], name="late"), **self.parts(objective, arguments))

    def parts(self, objective, arguments):
        """The constructor's other arguments, real parts instead of their configs."""
        return {key: getattr(objective, key) if isinstance(value, dict) else value for key, value in arguments.items()}


class Stopped(Exception):
    """What a training is stopped with."""


class Stop(keras.callbacks.Callback):
    """Raise after so many updates."""

    def __init__(self, updates):
        super().__init__()
        self.updates = updates

    def on_train_batch_end(self, batch, logs=None):
        if self.updates is not None and int(self.model.optimizer.iterations) == self.updates:
            raise Stopped


def paths(model):
    return [variable.path for variable in model.weights]


def generators(model):
    found = []
    for layer in model._flatten_layers():
        found += [value for value in vars(layer).values() if isinstance(value, keras.random.SeedGenerator)]
    return found
