"""Learning rates by how much each layer has to change."""

import keras
import numpy as np
import tensorflow as tf

from keras_transfer.optimizers.group_optimizer import group_optimizer
from keras_transfer.transfer.set_trainable import own_variables
from keras_transfer.transfer.weighted_layers import weighted_layers


class SurgicalRates(keras.callbacks.Callback):
    """Let each layer learn at a rate in proportion to its gradient over its weights.

    Before every epoch the norm of each layer's gradient is divided by the norm of its weights, averaged over a few batches. The
    layer with the largest ratio gets the whole learning rate, the others their share of it. So what the new data do not ask
    to change hardly changes: the lowest layers train where the input has shifted, the highest where the labels have.

    The ratios are measured without dropout, and batch norms use and keep their statistics. Compile with any optimizer; the
    callback puts it behind `optimizers.Grouped`.

    Args:
        x: Inputs to measure on, an array of shape `(samples, ...)` as the model takes it.
        y: Their targets, `(samples, ...)`.
        groups: Lists of layers that share a rate, as `transfer.layer_groups` gives them. None: each layer by itself.
        batch_size: Samples at a time.
        batches: How many batches at most, from the beginning of `x`.

    Raises:
        ValueError: if a number is < 1, or there are no samples.

    Example:
        >>> model.fit(x, y, epochs=10, callbacks=[keras_transfer.callbacks.SurgicalRates(x, y)])

    Reference: Auto-RGN in [Lee et al., 2022](https://arxiv.org/abs/2210.11466)
    """

    def __init__(self, x, y, groups=None, batch_size=32, batches=8):
        super().__init__()
        if batch_size < 1 or batches < 1 or not len(x):
            raise ValueError(
                "`batch_size` and `batches` must be >= 1, and `x` must have samples. "
                f"Received: batch_size={batch_size}, batches={batches}, {len(x)} samples"
            )
        self.x, self.y, self.groups, self.batch_size, self.batches = x, y, groups, batch_size, batches
        self._optimizer = self._measure = None

    def set_model(self, model):
        """Make the optimizer ready before anything is restored into it."""
        super().set_model(model)
        if model is not None and model.built and getattr(model, "optimizer", None) is not None:
            groups = self.groups or [[layer] for layer in weighted_layers(model).values()]
            variables = [[v for layer in group for v in own_variables(layer) if v.trainable] for group in groups]
            self._optimizer = group_optimizer(model, [group for group in variables if group])
            self._measure = None

    def on_epoch_begin(self, epoch, logs=None):
        """Measure, and set the rates."""
        ratios = self.ratios()
        self._optimizer.multipliers = (ratios / max(ratios.max(), 1e-12)).tolist()

    def on_epoch_end(self, epoch, logs=None):
        """Add the smallest and the mean multiplier to the logs."""
        multipliers = self._optimizer.multipliers
        if logs is not None:
            logs["surgical/smallest"] = min(multipliers)
            logs["surgical/mean"] = float(np.mean(multipliers))

    def ratios(self):
        """Norm of the gradient over norm of the weights, of each group, averaged over batches: float64 array `(groups,)`."""
        if self._measure is None:
            self._measure = self._measuring()
        found = []
        for start in range(0, min(len(self.x), self.batches * self.batch_size), self.batch_size):
            batch = [tf.convert_to_tensor(part[start : start + self.batch_size]) for part in (self.x, self.y)]
            found.append(np.array(self._measure(*batch), np.float64))
        return np.mean(found, axis=0)

    def _measuring(self):
        model, groups, strategy = self.model, self._optimizer.groups, self.model.distribute_strategy
        variables = [variable for group in groups for variable in group]

        def replica(x, y):
            with tf.GradientTape() as tape:
                loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=False), training=False)
                loss *= strategy.num_replicas_in_sync  # Keras has divided by it
            gradients = tape.gradient(loss, [variable.value for variable in variables])
            squares = iter([0.0 if g is None else tf.reduce_sum(tf.square(tf.cast(g, tf.float32))) for g in gradients])
            found = []
            for group in groups:
                change = tf.sqrt(sum(next(squares) for _ in group))
                size = tf.sqrt(sum(tf.reduce_sum(tf.square(tf.cast(v.value, tf.float32))) for v in group))
                found.append(tf.math.divide_no_nan(change, size))
            return tf.stack(found)

        @tf.function
        def measure(x, y):
            # Every replica sees the same batch, and one answer is enough.
            return strategy.experimental_local_results(strategy.run(replica, (x, y)))[0]

        return measure
