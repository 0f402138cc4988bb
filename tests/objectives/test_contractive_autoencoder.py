import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.objectives import ContractiveAutoencoder
from tests.objectives.objective_case import generators
from tests.objectives.reconstruction_case import ReconstructionCase


class TestContractiveAutoencoder(ReconstructionCase):
    def make(self):
        return ContractiveAutoencoder(self.encoder(), self.decoder(), weight=0.1, probes=2)

    def smooth(self, probes=None):
        """In float64, so that finite differences are worth something; batch norm's statistics moved from their start."""
        images = keras.Input((5, 5, 1), dtype="float64")
        outputs = keras.layers.Conv2D(3, 3, activation="tanh", dtype="float64")(images)
        norm = keras.layers.BatchNormalization(dtype="float64")
        outputs = keras.layers.Flatten(dtype="float64")(norm(outputs))
        outputs = keras.layers.Dropout(0.5, dtype="float64")(outputs)
        encoder = keras.Model(images, keras.layers.Dense(4, activation="tanh", dtype="float64")(outputs))
        norm.moving_variance.assign([0.5, 2.0, 3.0])
        objective = ContractiveAutoencoder(encoder, self.decoder(4, (5, 5, 1)), probes=probes, dtype="float64")
        objective.compile("sgd")
        return objective

    def slow(self, encoder, images, step=1e-5):
        norms = []
        for image in images.astype(np.float64):
            total = 0.0
            for place in np.ndindex(image.shape):
                nudge = np.zeros_like(image)
                nudge[place] = step
                slope = (encoder((image + nudge)[None])[0] - encoder((image - nudge)[None])[0]).numpy() / (2 * step)
                total += sum(number**2 for number in slope)
            norms.append(total)
        return norms

    def test_exact_norm_equals_finite_differences(self):
        objective = self.smooth()
        images = self.images(3, shape=(5, 5, 1))
        np.testing.assert_allclose(objective.contraction(images), self.slow(objective.encoder, images), rtol=1e-5)

    def test_estimate_has_no_bias(self):
        objective = self.smooth(probes=4000)
        images = self.images(2, shape=(5, 5, 1))
        exact = self.slow(objective.encoder, images)
        np.testing.assert_allclose(objective.contraction(images, fresh=True), exact, rtol=0.08)

    def test_gradient_of_a_linear_encoder_is_known(self):
        # Its Jacobian is the kernel: the penalty is the sum of its squares, with gradient twice the kernel.
        rows = keras.Input((5,))
        encoder = keras.Model(rows, keras.layers.Dense(3, name="linear")(rows))
        objective = ContractiveAutoencoder(encoder, self.decoder(3, (5,)), probes=None)
        kernel = encoder.get_layer("linear").kernel
        with tf.GradientTape() as tape:
            contraction = objective.contraction(np.ones((2, 5), np.float32))
            mean = tf.reduce_mean(contraction)
        np.testing.assert_allclose(contraction, [np.square(kernel.numpy()).sum()] * 2, rtol=1e-5)
        np.testing.assert_allclose(tape.gradient(mean, kernel.value), 2 * kernel.numpy(), rtol=1e-5)

    def test_loss_is_error_plus_weighted_norm(self):
        objective = ContractiveAutoencoder(self.encoder(), self.decoder(), weight=0.3, probes=None)
        objective.compile("sgd")
        images = self.images(4)
        rebuilt = objective.predict(images, verbose=0)["reconstruction"]
        expected = np.mean((images - rebuilt) ** 2) + 0.3 * np.mean(objective.contraction(images))
        np.testing.assert_allclose(self.mean_loss(objective, images), expected, rtol=1e-5)

    def test_evaluation_probes_the_same_directions_and_training_others(self):
        objective = self.seeded()
        images = self.images(4)
        state = [np.array(generator.state) for generator in generators(objective)]
        assert self.mean_loss(objective, images) == self.mean_loss(objective, images)
        np.testing.assert_array_equal(state, [np.array(generator.state) for generator in generators(objective)])
        one, other = (objective(images, training=True)["contraction"] for _ in range(2))
        assert np.abs(one - other).max() > 0

    def test_weight_contracts(self):
        norms = []
        for weight in (0.0, 1.0):
            keras.utils.set_random_seed(1)
            objective = ContractiveAutoencoder(self.encoder(), self.decoder(), weight=weight)
            objective.compile(keras.optimizers.Adam(0.01))
            objective.fit(tf.data.Dataset.from_tensors(self.images(32)).repeat(30), verbose=0)
            objective.probes = None
            norms.append(np.mean(objective.contraction(self.images(32))))
        assert norms[1] < 0.5 * norms[0]

    @pytest.mark.parametrize("argument, value", [("weight", -1.0), ("probes", 0)])
    def test_wrong_numbers_are_named(self, argument, value):
        with pytest.raises(ValueError, match=f"`{argument}` must be.*Received: {argument}={value}"):
            ContractiveAutoencoder(self.encoder(), **{argument: value})
