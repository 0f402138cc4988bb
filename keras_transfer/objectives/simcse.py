"""SimCSE: sentences that mean the same attract, others repel."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import gather
from keras_transfer.losses.info_nce import InfoNCE
from keras_transfer.objectives.text_objective import TextObjective
from keras_transfer.objectives.token_rows import is_packed


@keras.saving.register_keras_serializable("keras_transfer")
class SimCSE(TextObjective):
    """Sentence vectors by contrast: unsupervised, where dropout makes the two views, or from pairs.

    Args:
        encoder: Model from tokens to one vector each, as in `MaskedLM`; with dropout, if it is trained without pairs.
        temperature: Of the loss, `> 0`.
        pool: `"start"`: the vector of the first token; or `"mean"` over all tokens.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of rows (token ids, or a dict of `token_ids` and `padding_mask`), each read twice under different dropout;
    or of `((first, second),)`, pairs of rows that mean the same; or of `((first, second, opposite),)`, with a hard negative
    each. A sentence is told from all others of the whole batch, over all replicas.

    `objective.sentences(rows)` gives the vectors; the dense layer that the loss sees behind them is for training alone.

    Raises:
        ValueError: if the encoder does not give one vector a token, or rows come without pairs and it has no dropout.

    Example:
        >>> encoder = keras_nlp.models.BertBackbone.from_preset("minilm/")
        >>> model = keras_transfer.objectives.SimCSE(encoder)
        >>> model.compile(keras.optimizers.AdamW(3e-5))
        >>> _ = model.fit(tokenizer.rows(sentences, 32), batch_size=64)

    Reference: [Gao et al., 2021](https://arxiv.org/abs/2104.08821)
    """

    def __init__(self, encoder, temperature=0.05, pool="start", **kwargs):
        super().__init__(encoder, **kwargs)
        if pool not in ("start", "mean"):
            raise ValueError(f'`pool` must be "start" or "mean". Received: pool={pool!r}')
        self.temperature, self.pool = temperature, pool
        self.contrast = InfoNCE(temperature, reduction="none")
        self.projector = keras.layers.Dense(self.width, activation="tanh", name="projector")
        self.projector.build((None, self.width))

    def sentences(self, inputs, training=None):
        """One vector a row, `(batch, width)`."""
        rows = self.rows(inputs)
        if is_packed(inputs):
            raise ValueError("SimCSE takes one sentence a row, with a `padding_mask`. Received: packed `documents`")
        vectors = self.encode(rows, inputs, training)
        if self.pool == "start":
            return vectors[:, 0]
        real = tf.cast(rows["documents"] > 0, vectors.dtype)[:, :, None]
        return tf.reduce_sum(vectors * real, axis=1) / tf.maximum(tf.reduce_sum(real, axis=1), 1.0)

    def call(self, inputs, training=None):
        """Projections of first, second and, where given, opposite sentences: a tuple of `(batch, width)`."""
        views = inputs if isinstance(inputs, list | tuple) else self.twice(inputs)
        if len(views) not in (2, 3):
            raise ValueError(f"SimCSE takes rows, pairs or triples of rows. Received: {len(views)} parts")
        # One pass over all, which keeps the device busy and gives every row a dropout of its own.
        stacked = tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), *views)
        projections = self.projector(self.sentences(stacked, training=training))
        return tuple(tf.split(projections, len(views), axis=0))

    def twice(self, inputs):
        """The same rows as both views, if dropout will tell them apart."""
        if not any(getattr(layer, "rate", 0) for layer in self.encoder._flatten_layers()):
            raise ValueError(
                f"Without pairs, SimCSE's two views differ by the encoder's dropout alone, and {self.encoder.name} has "
                "none: build it with dropout=0.1, or give pairs ((first, second),)."
            )
        return inputs, inputs

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sentence, `(batch,)`."""
        first, second, *opposite = outputs
        return self.contrast.compare(first, second, gather(opposite[0])[0] if opposite else None)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature, "pool": self.pool}
