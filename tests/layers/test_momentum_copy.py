import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.layers import MomentumCopy
from tests.replicas import mirrored


def student(seed=0):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((3,))
    outputs = keras.layers.BatchNormalization(synchronized=True)(keras.layers.Dense(4, name="dense")(inputs))
    return keras.Model(inputs, keras.layers.Dropout(0.5)(outputs), name="student")


def move(model, seed=1):
    """Other weights and statistics, as if trained."""
    generator = np.random.default_rng(seed)
    model.set_weights([value + generator.random(value.shape, np.float32) for value in model.get_weights()])


class TestMomentumCopy:
    def test_begins_equal_and_independent(self):
        model = student()
        teacher = MomentumCopy(model)
        batch = np.ones((2, 3), np.float32)
        np.testing.assert_array_equal(teacher(batch), model(batch))
        before = teacher(batch).numpy()
        move(model)
        np.testing.assert_array_equal(teacher(batch), before)

    @pytest.mark.parametrize("total_steps", [None, 4])
    def test_follows_by_the_papers_schedule(self, total_steps):
        model = student()
        teacher = MomentumCopy(model, 0.9, total_steps)
        expected = model.get_layer("dense").kernel.numpy().astype(np.float64)
        for step in range(6):
            move(model, step)
            tau = 0.9
            if total_steps:
                tau = 1 - (1 - 0.9) * (np.cos(np.pi * min(step, total_steps) / total_steps) + 1) / 2
            np.testing.assert_allclose(teacher.current_momentum(), tau, atol=1e-6)
            expected = tau * expected + (1 - tau) * model.get_layer("dense").kernel.numpy()
            teacher.follow(model)
            np.testing.assert_allclose(teacher.models[0].get_layer("dense").kernel, expected, atol=1e-5)

    def test_stands_still_unless_advanced(self):
        model = student()
        teacher = MomentumCopy(model, 0.5, 10)
        before = teacher.get_weights()
        move(model)
        teacher.follow(model, advanced=tf.constant(False))
        for one, other in zip(before, teacher.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_several_are_a_chain(self):
        model, head = student(), keras.layers.Dense(2)
        head.build((None, 4))
        teacher = MomentumCopy([model, head], 0.5)
        batch = np.ones((2, 3), np.float32)
        np.testing.assert_allclose(teacher(batch), head(model(batch)), atol=1e-6)
        assert teacher.compute_output_shape((None, 3)) == (None, 2)
        start = head.kernel.numpy()
        head.kernel.assign(start + 2)
        teacher.follow([model, head])
        np.testing.assert_allclose(teacher.models[1].kernel, start + 1, atol=1e-6)

    def test_passes_no_gradient_and_trains_nothing(self):
        model = student()
        teacher = MomentumCopy(model)
        whole = keras.Sequential([keras.Input((3,)), teacher])
        whole.trainable = False
        whole.trainable = True
        assert whole.trainable_variables == []
        batch = tf.ones((2, 3))
        with tf.GradientTape() as tape:
            tape.watch(batch)
            outputs = tf.reduce_sum(teacher(batch))
        assert tape.gradient(outputs, batch) is None

    def test_own_batch_statistics(self):
        """As BYOL's code: normalised by the batch while training, moving statistics the copy's own."""
        model = student()
        teacher = MomentumCopy(model, 0.5)
        norm = teacher.models[0].layers[2]
        batch = np.random.default_rng(0).normal(3, 1, (64, 3)).astype(np.float32)
        outputs = teacher(batch, training=True).numpy()
        kept = outputs[outputs != 0]
        assert abs(kept.mean()) < 0.3
        assert np.abs(norm.moving_mean.numpy()).max() > 0
        before = norm.moving_mean.numpy()
        move(model)
        teacher.follow(model)
        np.testing.assert_array_equal(norm.moving_mean, before)

    def test_config_and_weights_survive(self, tmp_path):
        model = student()
        teacher = MomentumCopy(model, 0.7, 9)
        whole = keras.Sequential([keras.Input((3,)), teacher])
        move(model)
        teacher.follow(model)
        whole.save(tmp_path / "whole.keras")
        (loaded,) = keras.saving.load_model(tmp_path / "whole.keras").layers
        assert (loaded.momentum, loaded.total_steps) == (0.7, 9)
        for one, other in zip(teacher.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert int(loaded.steps) == 1
        assert loaded.trainable_variables == []

    def test_mirrored_copies_move_alike(self):
        with mirrored(2).scope():
            model = student()
            teacher = MomentumCopy(model, 0.5)
        kernel = model.get_layer("dense").kernel.numpy()
        model.get_layer("dense").kernel.assign(kernel + 1)
        mirrored(2).run(tf.function(lambda: teacher.follow(model, tf.constant(True))))
        for copy in teacher.models[0].get_layer("dense").kernel.value.values:
            np.testing.assert_allclose(copy, kernel + 0.5, atol=1e-6)

    def test_wrong_arguments_are_named(self):
        with pytest.raises(ValueError, match="late, not built"):
            MomentumCopy(keras.layers.Dense(3, name="late"))
        with pytest.raises(ValueError, match="momentum=1.5"):
            MomentumCopy(student(), 1.5)
        with pytest.raises(ValueError, match="total_steps=0"):
            MomentumCopy(student(), total_steps=0)
