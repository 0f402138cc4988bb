"""Texts of a model in training, in TensorBoard."""

import keras
import numpy as np
import tensorflow as tf


class ShownText(keras.callbacks.Callback):
    """Show texts at the end of epochs in TensorBoard's tab TEXT; a subclass defines `texts` and `tag`.

    Args:
        log_dir: Folder of the logs.
        every: Epochs between two looks, `>= 1`; the last epoch is always shown.

    Raises:
        ValueError: if `every` is out of range.
    """

    tag = "texts"

    def __init__(self, log_dir="logs", every=1):
        super().__init__()
        if every < 1:
            raise ValueError(f"`every` must be >= 1 epochs. Received: every={every}")
        self.log_dir, self.every = log_dir, every
        self._writer = None

    def texts(self):
        """The texts of this epoch, a list of strings."""
        raise NotImplementedError(f"{type(self).__name__} must define `texts()`.")

    def on_epoch_end(self, epoch, logs=None):
        """Make the texts, and show them."""
        last = epoch + 1 >= self.params.get("epochs", 0)
        if (epoch + 1) % self.every and not last:
            return
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))
        # Four spaces make TensorBoard's Markdown show a text as it is.
        shown = ["    " + text.replace("\n", "\n    ") for text in self.texts()]
        with self._writer.as_default():
            tf.summary.text(self.tag, np.array(shown), step=epoch)
            self._writer.flush()

    def on_train_end(self, logs=None):
        """Close the file of the texts."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
