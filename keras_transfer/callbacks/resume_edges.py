"""The first and the last callback of a list, which act for `Resume` wherever that stands itself."""

import keras


class Edge(keras.callbacks.Callback):
    """A callback at one end of the list, acting for `Resume` wherever that stands itself.

    None of the hooks is one at the end of a batch: those would make Keras wait for each batch's logs.
    """

    def __init__(self, resume):
        super().__init__()
        self.resume = resume


class First(Edge):
    """Before all others."""

    def on_epoch_begin(self, epoch, logs=None):
        """Take the data to its place."""
        self.resume._epoch_begins(epoch)

    def on_train_batch_begin(self, batch, logs=None):
        """Save if it is time."""
        self.resume._batch_begins(batch)

    def on_test_begin(self, logs=None):
        """Remember what validation changes."""
        if self.resume._running:
            self.resume._validation_begins()

    def on_test_batch_begin(self, batch, logs=None):
        """Leave if asked to."""
        if self.resume._running:
            self.resume._validation_goes_on()


class Last(Edge):
    """After all others."""

    def on_train_begin(self, logs=None):
        """Take up what was saved."""
        self.resume._begin()

    def on_epoch_end(self, epoch, logs=None):
        """Save if it is time."""
        self.resume._epoch_ends(epoch)

    def on_train_end(self, logs=None):
        """Save the end."""
        self.resume._end()
