"""Going through the part of an epoch that was trained before, without training."""

import keras
import tensorflow as tf


class Replay:
    """Stands in for `model.train_function` and only draws batches, so that the next one drawn is the one to go on with.

    Args:
        model: The model in training.
        batches: Batches to draw in all.
    """

    def __init__(self, model, batches):
        self.batches = batches
        self.drawn = 0
        self.last_batch = None
        self._model = model
        self._function = model.train_function
        self._iterator = None

    def __call__(self, iterator):
        """Draw as many batches as one call of the train function trains on; returns no logs."""
        if self._iterator is None:
            self._iterator = iterator
        if iterator is not self._iterator:
            # Another fit: the one that replayed ended with an error, and Keras keeps train functions.
            self.remove()
            return self._function(iterator)
        for _ in range(min(self._model.steps_per_execution, self.batches - self.drawn)):
            self.last_batch = next(iterator)
            self.drawn += 1
        return {}

    def remove(self):
        """Put the real train function back."""
        if self._model.train_function is self:
            self._model.train_function = self._function

    def data_batch(self):
        """The last batch drawn, as the training step gets it."""
        return keras.tree.map_structure(
            lambda leaf: None if isinstance(leaf, tf.experimental.Optional) else leaf, self.last_batch
        )
