import keras
import numpy as np
import pytest

from keras_transfer.objectives import Autoencoder
from tests.objectives.reconstruction_case import ReconstructionCase


class TestAutoencoder(ReconstructionCase):
    def make(self):
        return Autoencoder(self.encoder())

    def test_loss_is_the_mean_squared_error(self):
        objective = self.seeded()
        images = self.images(5)
        rebuilt = objective.predict(images, verbose=0)
        total = 0.0
        for image, copy in zip(images, rebuilt, strict=True):
            total += sum((a - b) ** 2 for a, b in zip(image.flat, copy.flat, strict=True)) / image.size
        np.testing.assert_allclose(self.mean_loss(objective, images), total / 5, rtol=1e-5)

    def test_loss_does_not_depend_on_the_order_of_the_batch(self):
        objective = self.seeded()
        images = self.images(6)
        np.testing.assert_allclose(
            self.mean_loss(objective, images), self.mean_loss(objective, images[::-1]), rtol=1e-6
        )

    def test_given_decoder_and_tables(self):
        rows = keras.Input((5,))
        encoder = keras.Model(rows, keras.layers.Dense(3)(rows))
        objective = Autoencoder(encoder, self.decoder(3, (5,)))
        objective.compile("sgd")
        x = np.random.default_rng(0).random((8, 5), np.float32)
        assert np.isfinite(objective.fit(x, verbose=0).history["loss"]).all()
        assert objective.predict(x, verbose=0).shape == (8, 5)

    def test_codes_may_be_maps(self):
        images = keras.Input((8, 8, 1))
        encoder = keras.Model(images, keras.layers.Conv2D(2, 3, strides=2, padding="same")(images))
        assert Autoencoder(encoder).predict(self.images(2), verbose=0).shape == (2, 8, 8, 1)

    def test_wrong_decoder_shape_is_named(self):
        with pytest.raises(ValueError, match=r"gave \(7, 8, 1\)"):
            Autoencoder(self.encoder(), self.decoder(shape=(7, 8, 1)))

    def test_unbuilt_decoder_is_named(self):
        with pytest.raises(ValueError, match="`decoder` must be a built Keras model.*late"):
            Autoencoder(self.encoder(), keras.Sequential([keras.layers.Dense(4)], name="late"))

    def test_tables_need_a_decoder(self):
        rows = keras.Input((5,))
        with pytest.raises(ValueError, match=r"give `decoder`.*from \(5,\) to \(3,\)"):
            Autoencoder(keras.Model(rows, keras.layers.Dense(3)(rows)))
