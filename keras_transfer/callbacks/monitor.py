"""What every look at an encoder during pretraining shares."""

import keras
import numpy as np

from keras_transfer.transfer.features import features


class Monitor(keras.callbacks.Callback):
    """Measure the encoder at the end of epochs; subclass it and define `measure`.

    What `measure` gives is added to the epoch's logs, so that the history and the callbacks that stand *behind* it in the list,
    `callbacks.TensorBoard` and `callbacks.Progress` say, have it. Nothing is trained, and nothing random in the training is
    touched: a run is the same with and without it.

        class LargestFeature(keras_transfer.callbacks.Monitor):
            def __init__(self, images, **kwargs):
                super().__init__(**kwargs)
                self.images = images

            def measure(self):
                return {"embedding/largest": self.features(self.images).max()}

    Args:
        every: Epochs between two measurements, `>= 1`; the last epoch is always measured.
        encoder: What is measured. None: `model.encoder`.

    Raises:
        ValueError: if `every` is out of range.
        AttributeError: from `fit`, if the model has no encoder and none was given.
        FloatingPointError: from `fit`, if the encoder gives numbers that are not finite.
    """

    def __init__(self, every=1, encoder=None):
        super().__init__()
        if every < 1:
            raise ValueError(f"`every` must be >= 1 epochs. Received: every={every}")
        self.every, self.encoder = every, encoder

    def measure(self):
        """Names and numbers of this epoch."""
        raise NotImplementedError(f"{type(self).__name__} must define `measure()`.")

    def features(self, inputs):
        """The encoder's features of an array, float32 of shape `(samples, features)`, as in evaluation."""
        encoder = getattr(self.model, "encoder", None) if self.encoder is None else self.encoder
        if encoder is None:
            raise AttributeError(
                f"{type(self).__name__} measures `model.encoder`, which {self.model.name} has not. Give it one: "
                f"{type(self).__name__}(..., encoder=encoder)"
            )
        found = features(encoder, inputs)
        wrong = int((~np.isfinite(found).all(axis=1)).sum())
        if wrong:
            raise FloatingPointError(
                f"{encoder.name} gives NaN or infinity for {wrong} of the {len(found)} samples that {type(self).__name__} looks "
                "at: the training has diverged. callbacks.NaNGuard stops it where that begins."
            )
        return found

    def on_epoch_end(self, epoch, logs=None):
        """Add the measurement to the logs."""
        last = epoch + 1 >= self.params.get("epochs", 0)
        if logs is not None and ((epoch + 1) % self.every == 0 or last):
            logs.update({name: float(value) for name, value in self.measure().items()})
