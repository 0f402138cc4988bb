"""ELECTRA: tell which tokens a small masked language model has replaced."""

import keras
import keras_nlp
import tensorflow as tf

from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform
from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.encoders.text_transformer import transformer_blocks
from keras_transfer.layers.packed_attention import PackedAttention
from keras_transfer.layers.token_convolution import TokenConvolution
from keras_transfer.objectives.mask_tokens import flags, put
from keras_transfer.objectives.masked_lm import MaskedLM
from keras_transfer.objectives.row_seeds import row_seeds
from keras_transfer.objectives.token_rows import token_embedding


@keras.saving.register_keras_serializable("keras_transfer")
class ELECTRA(MaskedLM):
    """Learn from every token: was it there, or did a small generator put it in?

    The generator is a masked language model that shares the encoder's token embeddings. Its guesses, drawn from its softmax,
    stand in the hidden places; the encoder tells for each token whether it is the original. The loss is the generator's per
    hidden token plus `discriminator_weight` times the encoder's binary cross-entropy per token; no gradient flows from the
    one to the other but through the embeddings. Perplexity is the generator's, `replaced_accuracy` the encoder's.

    Args:
        encoder: The model kept, as in `MaskedLM`.
        mask_id: As in `MaskedLM`.
        special_ids: As in `MaskedLM`; the generator never draws them either.
        length: Most tokens in a row.
        generator: `(layers, heads, width)` of the generator; the paper takes a quarter to half of the encoder's width.
        discriminator_weight: Of the encoder's loss.
        **kwargs: As in `MaskedLM`.

    Trains on the batches that `MaskedLM` takes.

    Example:
        >>> encoder = keras_nlp.models.BertBackbone(8000, 4, 4, 128, 512, max_sequence_length=64)
        >>> model = keras_transfer.objectives.ELECTRA(encoder, mask_id=4, special_ids=range(5), length=64)
        >>> model.compile(keras.optimizers.AdamW(5e-4))
        >>> _ = model.fit(tokenizer.rows(texts, 64), batch_size=64, epochs=10)

    Reference: [Clark et al., 2020](https://arxiv.org/abs/2003.10555)
    """

    def __init__(
        self, encoder, mask_id, special_ids, length, generator=(2, 2, 64), discriminator_weight=50.0, **kwargs
    ):
        self.generator_size = tuple(generator)
        super().__init__(encoder, mask_id, special_ids, **kwargs)
        layers, heads, width = self.generator_size
        if width % heads:
            raise ValueError(f"`generator` is (layers, heads, width), heads dividing width. Received: {generator}")
        self.length, self.discriminator_weight = length, discriminator_weight
        self.generator = _generator(self.width, length, layers, heads, width)
        self.judge = keras.layers.Dense(self.width, activation="gelu", name="judge")
        self.verdict = keras.layers.Dense(1, name="verdict", dtype="float32")
        for layer in (self.judge, self.verdict):
            layer.build((None, None, self.width))
        self.replaced_accuracy = keras.metrics.Mean("replaced_accuracy")

    def head_width(self):
        """Width of the generator."""
        return self.generator_size[2]

    def call(self, inputs, training=None):
        """Dict of the generator's `hidden` and `targets`, as `MaskedLM`, and the encoder's `scores` and `replaced`."""
        rows = self.rows(inputs)
        for_masks, for_draws = split_seeds(row_seeds(self.seed_generator, rows["token_ids"], fresh=bool(training)), 2)
        token_ids, positions, targets = self.mask_with(rows, for_masks)
        vectors = self.generate({**rows, "token_ids": token_ids}, training)
        hidden = self.transform(tf.gather(vectors, positions, batch_dims=1))
        old = tf.gather(rows["token_ids"], positions, batch_dims=1)
        drawn = tf.where(targets >= 0, self.draw(hidden, for_draws), old)
        spoilt = put(rows["token_ids"], positions, drawn)
        seen = self.encode({**rows, "token_ids": spoilt}, inputs, training)
        scores = tf.squeeze(self.verdict(self.judge(seen)), axis=2)
        return {"hidden": hidden, "targets": targets, "scores": scores, "replaced": spoilt != rows["token_ids"]}

    def generate(self, rows, training=None):
        """The generator's vectors, one a token, `(batch, length, width)`."""
        embedded = token_embedding(type(self).__name__, self.encoder)(rows["token_ids"])
        return self.generator({"vectors": embedded, "documents": rows["documents"]}, training=training)

    def fill(self, inputs):
        """The generator's scores of the whole vocabulary at every place of rows that hold masks already."""
        return self.logits(self.transform(self.generate(self.rows(inputs), training=False)), self.bias)

    def draw(self, hidden, seeds):
        """One token for each place, `(batch, places)`, from the generator's softmax without the special tokens."""
        logits = tf.stop_gradient(self.logits(hidden, self.bias))
        logits = tf.where(flags(self.special_ids, self.vocabulary_size), -float("inf"), logits)
        # One uniform number a place, looked up in the cumulated softmax, instead of one a place and token.
        cumulated = tf.cumsum(tf.nn.softmax(logits), axis=2)
        number = uniform(seeds, tf.shape(hidden)[1])[:, :, None] * cumulated[:, :, -1:]
        return tf.math.count_nonzero(cumulated <= number, axis=2, dtype=tf.int32)

    def example_losses(self, inputs, outputs, labels=None):
        """Sum of the losses of each row, both parts in the proportion that the whole batch gives them, `(batch,)`."""
        generator = super().example_losses(inputs, outputs, labels)
        real, replaced = self.rows(inputs)["documents"] > 0, outputs["replaced"]
        losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(replaced, tf.float32), outputs["scores"])
        self.replaced_accuracy.update_state((outputs["scores"] > 0) == replaced, sample_weight=real)
        # The mean over all tokens, in a sum that will be divided by the number of hidden ones.
        hidden = tf.math.count_nonzero(outputs["targets"] >= 0, dtype=tf.float32)
        both = sum_over_replicas(tf.stack([hidden, tf.math.count_nonzero(real, dtype=tf.float32)]))
        share = tf.stop_gradient(both[0] / tf.maximum(both[1], 1.0))
        return generator + self.discriminator_weight * share * tf.reduce_sum(tf.where(real, losses, 0.0), axis=1)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "length": self.length,
            "generator": list(self.generator_size),
            "discriminator_weight": self.discriminator_weight,
        }


def _generator(embedding_width, length, layers, heads, width):
    """A transformer from the encoder's token embeddings to vectors of its own width."""
    vectors = keras.Input((None, embedding_width), name="vectors")
    documents = keras.Input((None,), dtype="int32", name="documents")
    positions, mask = PackedAttention(name="packed_attention")(documents)
    outputs = keras.layers.Dense(width, name="narrow")(vectors)
    place = keras_nlp.layers.PositionEmbedding(length, name="position_embedding")
    outputs = keras.layers.Add(name="embeddings")([outputs, place(outputs, positions=positions)])
    outputs = TokenConvolution(name="neighbours")(outputs, documents)
    outputs = transformer_blocks(outputs, mask, layers, heads, dropout=0.0)
    return keras.Model({"vectors": vectors, "documents": documents}, outputs, name="generator")
