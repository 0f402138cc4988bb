"""What the objectives that rebuild images share in their tests."""

import keras
import numpy as np

from tests.objectives.objective_case import ObjectiveCase


class ReconstructionCase(ObjectiveCase):
    """Batches are images alone."""

    def inputs(self, samples, seed=0):
        return (self.images(samples, seed),)

    def decoder(self, features=6, shape=(8, 8, 1)):
        codes = keras.Input((features,))
        outputs = keras.layers.Dense(int(np.prod(shape)))(codes)
        return keras.Model(codes, keras.layers.Reshape(shape)(outputs), name="tiny_decoder")

    def mean_loss(self, objective, images):
        """What `evaluate` says of one batch."""
        return objective.evaluate(images, batch_size=len(images), verbose=0, return_dict=True)["loss"]
