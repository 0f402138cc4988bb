"""Several tasks on one encoder."""

import math

import keras
import tensorflow as tf

from keras_transfer.losses.whole_batch import for_each_sample, whole_mean
from keras_transfer.objectives.objective import check_encoder
from keras_transfer.objectives.whole_batch_model import WholeBatchModel


@keras.saving.register_keras_serializable("keras_transfer")
class MultiTask(WholeBatchModel):
    """Train an encoder and one head a task together: the target's loss plus the weighted losses of other tasks.

    The loss is the sum over tasks of `weight` times the mean loss of the samples that have this task's label, over the whole
    batch, over all replicas. Which samples have it, the batch's sample weights say: 0 for those without.

    Args:
        encoder: Built model from samples to what the heads take, one input. It stays yours and trains.
        heads: Dict from a task's name to a Keras layer or model on the encoder's output. They stay yours and train.
        losses: Dict from a task's name to a Keras loss, its name or a function of Keras; for logits, one that knows it:
            `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`.
        weights: Dict from a task's name to its weight, `>= 0`; 1 where it is not named.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `(x, {task: labels})`, where every sample has every label, or of `(x, {task: labels}, {task: weights})`,
    as `keras_transfer.data.task_batches` yields them from several data sets. `model(x)` gives `{task: outputs}`, and `task(name)`
    is a model for one task. Metrics are given by task, as `weighted_metrics`, which leave out samples of weight 0.

    Raises:
        TypeError: if the encoder is not a Keras layer or model.
        ValueError: if it is not built, or names of tasks do not agree, or a weight is out of range.

    Example:
        >>> cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> model = keras_transfer.adaptation.MultiTask(
        ...     encoder,
        ...     heads={"target": keras.layers.Dense(10), "source": keras.layers.Dense(100)},
        ...     losses={"target": cross_entropy, "source": cross_entropy},
        ...     weights={"source": 0.3},
        ... )
        >>> model.compile(keras.optimizers.Adam(1e-3), weighted_metrics={"target": ["accuracy"]})
        >>> both = {"target": (x_target, y_target), "source": (x_source, y_source)}
        >>> model.fit(keras_transfer.data.task_batches(both, 64), epochs=20)
        >>> classifier = model.task("target")

    Reference: [Caruana, 1997](https://doi.org/10.1023/A:1007379606734)
    """

    def __init__(self, encoder, heads, losses, weights=None, **kwargs):
        super().__init__(**kwargs)
        check_encoder("encoder", encoder)
        if not heads:
            raise ValueError(f"`heads` must name one task or more. Received: heads={heads!r}")
        unknown = sorted(set(weights or {}) - set(heads))
        if set(losses) != set(heads) or unknown:
            raise ValueError(
                "`losses` must name the tasks of `heads`, and `weights` none besides them. "
                f"Received: heads of {sorted(heads)}, losses of {sorted(losses)}, weights of {sorted(weights or {})}"
            )
        self.encoder = encoder
        self.weights_of_tasks = {name: float((weights or {}).get(name, 1.0)) for name in heads}
        for name, weight in self.weights_of_tasks.items():
            if not (weight >= 0 and math.isfinite(weight)):
                raise ValueError(f"`weights` must be numbers >= 0. Received: weights[{name!r}]={weight}")
        shape = encoder.compute_output_shape(encoder.input_shape)
        self.heads = dict(heads)
        for head in self.heads.values():
            if not head.built:
                head.build(shape)
        self.losses_of_tasks = {name: keras.losses.get(losses[name]) for name in heads}
        self.built = True

    def call(self, inputs, training=None):
        """A dict of every task's outputs."""
        features = self.encoder(inputs, training=training)
        return {name: head(features) for name, head in self.heads.items()}

    def task(self, name):
        """A functional model for one task, of the encoder and its head.

        Args:
            name: Of the task.

        Raises:
            ValueError: if there is no such task.
        """
        if name not in self.heads:
            raise ValueError(f"There is no such task. Received: name={name!r}; there are {sorted(self.heads)}")
        inputs = keras.Input(batch_shape=self.encoder.input_shape, dtype=self.encoder.inputs[0].dtype, name="inputs")
        return keras.Model(inputs, self.heads[name](self.encoder(inputs)), name=name)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """This replica's share of the loss: the shares add up to it."""
        if not isinstance(y, dict) or set(y) != set(self.heads):
            got = sorted(y) if isinstance(y, dict) else type(y).__name__
            raise ValueError(f"Labels must be a dict by task, of {sorted(self.heads)}. Received: {got}")
        if sample_weight is not None and not isinstance(sample_weight, dict):
            raise ValueError(f"Sample weights must be a dict by task. Received: {type(sample_weight).__name__}")
        return super().compute_loss(x, {"labels": y, "weights": sample_weight or {}}, y_pred, None, training)

    def example_losses(self, inputs, outputs, labels=None):
        """The whole batch's loss, for each sample: its mean is that loss again."""
        total = 0.0
        for name, weight in self.weights_of_tasks.items():
            losses = self.task_losses(name, labels["labels"][name], outputs[name])
            own = labels["weights"].get(name)
            total += weight * whole_mean(losses, None if own is None else tf.cast(own, tf.float32))
        return for_each_sample(total, inputs)

    def task_losses(self, name, labels, outputs):
        """One task's loss of each sample, `(batch,)`; where a sample has several, as of tokens, the mean over them."""
        loss, outputs = self.losses_of_tasks[name], tf.cast(outputs, tf.float32)
        # A `Loss` that is called reduces; its `call` does not. A function needs labels of the outputs' rank.
        if labels.shape.rank == outputs.shape.rank - 1 and outputs.shape[-1] == 1:
            labels = labels[..., None]
        losses = loss.call(labels, outputs) if isinstance(loss, keras.losses.Loss) else loss(labels, outputs)
        return tf.reduce_mean(tf.reshape(losses, [tf.shape(outputs)[0], -1]), 1)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Metrics by task; a task without weights counts every sample."""
        if isinstance(sample_weight, dict):
            ones = tf.ones(tf.shape(tf.nest.flatten(y_pred)[0])[:1])
            sample_weight = {name: sample_weight.get(name, ones) for name in self.heads}
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def _whole_count(self, x, y, outputs, sample_weight):
        # Weights are each task's own and count within its loss.
        return super()._whole_count(x, y, outputs, None)

    @classmethod
    def from_config(cls, config):
        """The model with its parts made from their own configs."""
        parts = {
            "encoder": keras.saving.deserialize_keras_object(config["encoder"]),
            "heads": {name: keras.saving.deserialize_keras_object(head) for name, head in config["heads"].items()},
            "losses": {name: keras.losses.deserialize(loss) for name, loss in config["losses"].items()},
        }
        return cls(**{**config, **parts})

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "heads": {name: keras.saving.serialize_keras_object(head) for name, head in self.heads.items()},
            "losses": {name: keras.losses.serialize(loss) for name, loss in self.losses_of_tasks.items()},
            "weights": dict(self.weights_of_tasks),
        }
