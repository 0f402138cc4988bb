"""MCD: two heads disagree where the target lies outside of what the source teaches; the encoder makes them agree."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.assisted_classifier import several
from keras_transfer.adaptation.cross_entropy import cross_entropy
from keras_transfer.adaptation.domain_classifier import DomainClassifier
from keras_transfer.distribution.dense_gradients import dense_gradients
from keras_transfer.losses.whole_batch import for_each_sample, whole_mean


@keras.saving.register_keras_serializable("keras_transfer")
class MCD(DomainClassifier):
    """Maximum classifier discrepancy: three kinds of updates from every batch.

    With an encoder, two heads, their probabilities `p1`, `p2`, and `d = mean |p1(x_t) - p2(x_t)|` over samples and classes,

        1. encoder and heads go down  CE(y_s, p1) + CE(y_s, p2);
        2. the heads alone go down    CE(y_s, p1) + CE(y_s, p2) - strength d;
        3. the encoder alone goes down  strength d,  `encoder_updates` times.

    The first head is the classifier's own, the second a fresh one like it that is left behind after training. Each domain goes
    through the network as a batch of its own, so that a batch norm in it normalises each by itself: seen together, as `DANN`
    and others have it, the target's features end in one class. The third kind takes the target alone, so the moving statistics
    are mostly the target's.

    Args:
        classifier: Model from samples to logits, as `keras_transfer.transfer.classifier` makes it. It stays yours and trains.
        strength: Weight of the discrepancy, `>= 0`.
        total_steps: Batches over which the strength rises from 0, as in `DANN`. None, as in the paper: it is constant.
        encoder_updates: How many of the third kind, `>= 1`.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_source, x_target), y_source)`, as `keras_transfer.data.paired_batches` yields them. The loss
    shown is that of the first kind, and `discrepancy` is `d`. The optimizer counts every update: give a learning-rate
    schedule `2 + encoder_updates` steps for each batch. Gradients cannot be accumulated over batches.

    Raises:
        ValueError: if `encoder_updates` is out of range, or the optimizer accumulates gradients.

    Example:
        >>> model = keras_transfer.adaptation.MCD(keras_transfer.transfer.classifier(encoder, classes=10))
        >>> model.compile(keras.optimizers.Adam(2e-4), metrics=["accuracy"])
        >>> model.fit(keras_transfer.data.paired_batches((x_source, y_source), x_target, 64), epochs=20)

    Reference: [Saito et al., 2018](https://arxiv.org/abs/1712.02560)
    """

    def __init__(self, classifier, strength=1.0, total_steps=None, encoder_updates=4, **kwargs):
        super().__init__(classifier, strength, total_steps, **kwargs)
        if int(encoder_updates) != encoder_updates or encoder_updates < 1:
            raise ValueError(
                f"`encoder_updates` must be a whole number >= 1. Received: encoder_updates={encoder_updates}"
            )
        self.encoder_updates = encoder_updates
        self.second_head = _fresh(self.head)
        self.discrepancy = keras.metrics.Mean(name="discrepancy")

    def pair_outputs(self, labelled, unlabelled, training=None):
        """Both heads' logits of both domains."""
        first, second = self._heads_of(labelled, training)
        return {"logits": first, "second_logits": second, **self._target_outputs(labelled, unlabelled, training)}

    def _target_outputs(self, labelled, unlabelled, training):
        first, second = self._heads_of(several(unlabelled, labelled), training)
        return {"target_logits": first, "second_target_logits": second}

    def _heads_of(self, samples, training):
        features = self._body(samples, training=training)
        return (tf.cast(head(features), tf.float32) for head in (self.head, self.second_head))

    def labelled_losses(self, labels, outputs):
        """Both heads' cross-entropies, `(batch,)`."""
        return cross_entropy(labels, outputs["logits"]) + cross_entropy(labels, outputs["second_logits"])

    def assistance(self, outputs):
        """Nothing: the discrepancy has updates of its own."""
        return tf.constant(0.0)

    def train_step(self, data):
        """The updates from one batch."""
        if getattr(self.optimizer, "gradient_accumulation_steps", None):
            raise ValueError(
                "MCD makes several updates from each batch and cannot accumulate gradients over batches. "
                f"Received: gradient_accumulation_steps={self.optimizer.gradient_accumulation_steps}"
            )
        results = super().train_step(data)
        heads = [*self.head.trainable_weights, *self.second_head.trainable_weights]
        known = {id(weight) for weight in heads}
        encoder = [weight for weight in self.trainable_weights if id(weight) not in known]
        self._update(data, heads, sign=-1.0, with_labels=True)
        for _ in range(self.encoder_updates):
            self._update(data, encoder, sign=1.0, with_labels=False)
        return results

    def _update(self, data, weights, sign, with_labels):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            outputs = self(x, training=True) if with_labels else self._target_outputs(*x, training=True)
            losses = for_each_sample(sign * self.current_strength() * discrepancy(outputs), y)
            if with_labels:
                losses += self.labelled_losses(y, outputs)
            share = self.share_of(losses, x, y, outputs, sample_weight) + self.share_of_penalties()
            scaled = self.optimizer.scale_loss(share)
        gradients = dense_gradients(tape.gradient(scaled, weights), weights)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Metrics of the labelled samples by the first head, and the discrepancy."""
        if isinstance(y_pred, dict):
            self.discrepancy.update_state(_apart(y_pred))
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "encoder_updates": self.encoder_updates}


def discrepancy(outputs):
    """Mean distance of the two heads' probabilities over all target samples of the whole batch and all classes."""
    return whole_mean(_apart(outputs))


def _apart(outputs):
    first, second = (tf.nn.softmax(outputs[name]) for name in ("target_logits", "second_target_logits"))
    return tf.reduce_mean(tf.abs(first - second), 1)


def _fresh(head):
    twin = type(head).from_config({**head.get_config(), "name": "second_head"})
    twin.build(head.input.shape)
    return twin
