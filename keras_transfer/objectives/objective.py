"""What every pretraining objective shares."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import replica_count, sum_over_replicas


@keras.saving.register_keras_serializable("keras_transfer")
class Objective(keras.Model):
    """A pretraining objective: a Keras model around the user's encoder, trained with plain `compile` and `fit`.

    To write your own, build every part in `__init__`, give `call`, which turns a batch into outputs, and
    `example_losses`, which turns outputs into one loss a sample:

        class Rotation(keras_transfer.objectives.Objective):
            def __init__(self, encoder, **kwargs):
                super().__init__(encoder, **kwargs)
                self.head = keras.layers.Dense(4)
                self.head.build(encoder.output_shape)

            def call(self, images, training=None):
                return self.head(self.encoder(images, training=training))

            def example_losses(self, inputs, outputs, labels=None):
                return keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

    The loss that is minimised and shown is the mean over the *whole* batch, over all replicas, whatever share of it each
    replica holds.

    Args:
        encoder: The model to pretrain, built, one input. It stays yours: `objective.encoder is encoder`.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        TypeError: if `encoder` is not a Keras layer or model.
        ValueError: if `encoder` is not built.
    """

    def __init__(self, encoder, **kwargs):
        super().__init__(**kwargs)
        check_encoder("encoder", encoder)
        self.encoder = encoder
        # Parts are built in `__init__`, so that a saved objective loads, and a killed one resumes, without data.
        self.built = True

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
        losses = tf.ensure_shape(tf.cast(self.example_losses(x, y_pred, y), tf.float32), [None])
        if sample_weight is not None:
            losses *= tf.cast(sample_weight, tf.float32)
        share = tf.reduce_sum(losses) / self._whole_count(x, y, y_pred, sample_weight)
        return share + tf.add_n([0.0, *(tf.cast(loss, tf.float32) for loss in self.losses)]) / replica_count()

    def train_step(self, data):
        """One update from one batch."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        before = tf.identity(self.optimizer.iterations)
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.compute_loss(x, y, outputs, sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(scaled, weights), weights, strict=True))
        self.after_update(outputs, self.optimizer.iterations > before)
        return self._results(x, y, outputs, sample_weight, loss)

    def test_step(self, data):
        """Loss and metrics of one batch, nothing updated."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        outputs = self.evaluated(x)
        loss = self.compute_loss(x, y, outputs, sample_weight, training=False)
        return self._results(x, y, outputs, sample_weight, loss)

    def evaluated(self, inputs):
        """Outputs of which `evaluate` takes the loss; an objective that spoils its inputs while training does so here, too."""
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
        """The objective with its parts (encoder, heads) made from their own configs."""
        return cls(
            **{
                key: keras.saving.deserialize_keras_object(value)
                if isinstance(value, dict) and {"class_name", "config"} <= value.keys()
                else value
                for key, value in config.items()
            }
        )

    def get_config(self):
        """Arguments of the constructor; a subclass adds its own."""
        return {**super().get_config(), "encoder": keras.saving.serialize_keras_object(self.encoder)}


def check_encoder(argument, encoder):
    """Stop if an encoder is no Keras model, or its output shape is not known yet."""
    if not isinstance(encoder, keras.layers.Layer):
        raise TypeError(f"`{argument}` must be a Keras model or layer. Received: {encoder!r}")
    if not encoder.built:
        raise ValueError(
            f"`{argument}` must be built, so that its output shape is known: start it with keras.Input, or call it once on a "
            f"batch. Received: {encoder.name}, not built"
        )
