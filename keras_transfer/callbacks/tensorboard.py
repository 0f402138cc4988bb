"""Scalars, pictures and settings for TensorBoard."""

import keras
import tensorflow as tf

SAMPLES = 8


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras's TensorBoard callback, with what a look at a pretraining needs.

    Beside the scalars of every epoch it writes a grid of what the network is fed, so that views that are too strong, or
    inputs that are wrong, are seen at once, and the settings of the run with the best value of each loss and metric.

    Args:
        log_dir: Folder of the logs.
        images: A dataset as `fit` takes it, whose first batch is drawn: a row for each view, a column for each of the
            first eight samples. None draws nothing.
        settings: Dict of settings, nested or not, shown in the tab HPARAMS, or None.
        **kwargs: As in `keras.callbacks.TensorBoard`.

    Example:
        >>> model.fit(data, epochs=10, callbacks=[keras_transfer.callbacks.TensorBoard("logs", images=data)])
    """

    def __init__(self, log_dir="logs", images=None, settings=None, write_graph=False, **kwargs):
        super().__init__(log_dir=str(log_dir), write_graph=write_graph, **kwargs)
        self.images, self.settings = images, settings
        self._best = {}

    def on_train_begin(self, logs=None):
        """Write the pictures and the settings."""
        super().on_train_begin(logs)
        with self._train_writer.as_default():
            if self.images is not None:
                own = (
                    self.model.distribute_strategy.experimental_local_results
                )  # of a distributed dataset the first replica's
                tf.summary.image("inputs", _grid(next(iter(self.images)), lambda view: own(view)[0]), step=0)
            if self.settings:
                from tensorboard.plugins.hparams import api

                api.hparams(dict(_flat(self.settings)))

    def on_epoch_end(self, epoch, logs=None):
        """Write the epoch's scalars, and the best so far of each loss and accuracy: HPARAMS shows the last value of a scalar."""
        super().on_epoch_end(epoch, logs)
        with self._train_writer.as_default():
            for name, value in (logs or {}).items():
                better = min if "loss" in name else max if "accuracy" in name else None
                if better:
                    self._best[name] = better(self._best.get(name, value), value)
                    tf.summary.scalar(f"best/{name}", self._best[name], step=epoch)

    def get_state(self):
        """The best values, for `callbacks.Resume`."""
        return {"best": {name: float(value) for name, value in self._best.items()}}

    def set_state(self, state):
        """Go on from the best values of an interrupted training."""
        self._best = dict(state["best"])


def _grid(batch, local):
    """One picture, float of shape `(1, views * height, samples * width, channels)`."""
    inputs, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
    rows, views = [], [local(view) for view in tf.nest.flatten(inputs)]
    for view in views:
        if view.shape.rank == 4 and view.shape[-1] in (1, 3):
            rows.append(tf.concat(tf.unstack(view[:SAMPLES]), axis=1))
    if not rows:
        shapes = [tuple(view.shape) for view in views]
        raise ValueError(f"`images` must yield (batch, height, width, 1 or 3). Received: shapes {shapes}")
    width = max(row.shape[1] for row in rows)
    rows = [tf.pad(row, [[0, 0], [0, width - row.shape[1]], [0, 0]]) for row in rows]
    return tf.cast(tf.concat(rows, axis=0), tf.float32)[None]


def _flat(settings, above=""):
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value if isinstance(value, bool | int | float | str) else str(value)
