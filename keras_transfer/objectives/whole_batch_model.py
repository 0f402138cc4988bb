"""A Keras model whose loss is a mean over the whole batch, over all replicas."""

import keras
import tensorflow as tf

from keras_transfer.distribution.dense_gradients import dense_gradients
from keras_transfer.distribution.gather import replica_count, sum_over_replicas


@keras.saving.register_keras_serializable("keras_transfer")
class WholeBatchModel(keras.Model):
    """What `Objective` and the models of `keras_transfer.adaptation` share: how one loss a sample becomes a training step.

    A subclass builds every part in `__init__`, sets `built`, and gives `call` and `example_losses`. The loss that is minimised
    and shown is the mean over the *whole* batch, over all replicas, whatever share of it each replica holds.

    Args:
        **kwargs: `name`, `dtype`, as in `keras.Model`.
    """

    def example_losses(self, inputs, outputs, labels=None):
        """One loss a sample; where a sample holds several things to predict (tokens, say), the sum over them.

        Args:
            inputs: The batch, as `fit` got it.
            outputs: What `call` made of it.
            labels: The second element of the batch, or None.

        Returns:
            Floats of shape `(batch,)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `example_losses(inputs, outputs, labels)`.")

    def example_counts(self, inputs, outputs, labels=None):
        """What each sample's loss is a sum over, of shape `(batch,)`: 1, or how many of its tokens are predicted.

        The loss that is minimised is the sum of all samples' losses over the sum of all samples' counts.
        """
        return tf.ones(tf.shape(tf.nest.flatten(inputs)[0])[:1])

    def after_update(self, outputs, advanced):
        """Called in the training step after the weights moved: teachers follow, queues take the batch.

        Args:
            outputs: What `call` made of the batch.
            advanced: Boolean scalar: False while gradients are being accumulated and no weight has moved.
        """

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """This replica's share of the mean loss over the whole batch: the shares add up to the mean."""
        if getattr(self, "loss", None) is not None:
            raise ValueError(
                f"{type(self).__name__} brings its own loss: compile it without one, and override `example_losses` to change "
                f"it. Received: loss={self.loss}"
            )
        losses = self.example_losses(x, y_pred, y)
        return self.share_of(losses, x, y, y_pred, sample_weight) + self.share_of_penalties()

    def share_of(self, losses, x, y, outputs, sample_weight):
        """The part of the mean over the whole batch that these samples' losses, `(batch,)`, make."""
        losses = tf.ensure_shape(tf.cast(losses, tf.float32), [None])
        if sample_weight is not None:
            losses *= tf.cast(sample_weight, tf.float32)
        return tf.reduce_sum(losses) / self._whole_count(x, y, outputs, sample_weight)

    def share_of_penalties(self):
        """This replica's part of what layers and regularizers add to the loss."""
        return tf.add_n([0.0, *(tf.cast(loss, tf.float32) for loss in self.losses)]) / replica_count()

    def train_step(self, data):
        """One update from one batch."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        before = tf.identity(self.optimizer.iterations)
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.compute_loss(x, y, outputs, sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        gradients = dense_gradients(tape.gradient(scaled, weights), weights)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.after_update(outputs, self.optimizer.iterations > before)
        return self._results(x, y, outputs, sample_weight, loss)

    def test_step(self, data):
        """Loss and metrics of one batch, nothing updated."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        outputs = self.evaluated(x)
        loss = self.compute_loss(x, y, outputs, sample_weight, training=False)
        return self._results(x, y, outputs, sample_weight, loss)

    def evaluated(self, inputs):
        """Outputs of which `evaluate` takes the loss; what spoils its inputs while training does so here, too."""
        return self(inputs, training=False)

    def _results(self, x, y, outputs, sample_weight, loss):
        # Shares of the loss add up over replicas; a Mean weighs values. Equal weights turn the one into the other.
        replicas, whole = replica_count(), self._whole_count(x, y, outputs, sample_weight)
        self._loss_tracker.update_state(loss * replicas, sample_weight=whole / replicas)
        return self.compute_metrics(x, y, outputs, sample_weight=sample_weight)

    def _whole_count(self, x, y, outputs, sample_weight):
        """The weighted sum of `example_counts` over the whole batch, over all replicas."""
        counts = tf.cast(self.example_counts(x, outputs, y), tf.float32)
        if sample_weight is not None:
            counts *= tf.cast(sample_weight, tf.float32)
        return tf.maximum(tf.stop_gradient(sum_over_replicas(tf.reduce_sum(counts))), 1e-12)

    @classmethod
    def from_config(cls, config):
        """The model with its parts (encoder, heads) made from their own configs."""
        return cls(
            **{
                key: keras.saving.deserialize_keras_object(value)
                if isinstance(value, dict) and {"class_name", "config"} <= value.keys()
                else value
                for key, value in config.items()
            }
        )
