"""`encoders.text_transformer`, writing token by token with a cache of keys and values."""

import keras_nlp
from keras import ops


class CachedTransformer(keras_nlp.models.CausalLM):
    """keras-hub's interface of a causal language model around `encoders.text_transformer(..., causal=True)`.

    Each new token is read once: keys and values of what stands before it are kept. The weights are the encoder's own.

    Args:
        backbone: The causal text transformer. Its output layer are its own token embeddings.
        **kwargs: As in `keras_nlp.models.CausalLM`.

    Raises:
        ValueError: if the backbone is of another make.

    Example:
        >>> writer = keras_transfer.generation.CachedTransformer(objective.encoder)
        >>> writer.compile(sampler="greedy")
        >>> rows = writer.generate({"token_ids": token_ids, "padding_mask": padding_mask}, stop_token_ids=None)
    """

    def __init__(self, backbone, **kwargs):
        self.blocks = [layer for layer in backbone.layers if isinstance(layer, keras_nlp.layers.TransformerDecoder)]
        if not self.blocks:
            raise ValueError(
                "Only a causal text transformer writes token by token: make it by "
                f"`encoders.text_transformer(..., causal=True)`. Received: {backbone.name}"
            )
        self.backbone, self.preprocessor = backbone, None
        embedding = backbone.get_layer("token_embedding")
        super().__init__(backbone.inputs, embedding(backbone.output, reverse=True), **kwargs)

    def call_with_cache(self, token_ids, cache, cache_update_index):
        """Scores of the tokens that may follow, given the keys and values of what stands before.

        Args:
            token_ids: Integers of shape `(batch, tokens)`: the tokens at `cache_update_index` and after it.
            cache: Floats of shape `(batch, 1 + blocks, 2, length, heads, width of a head)`: what the convolution has read, once
                as half of the first place, and keys and values of each block.
            cache_update_index: Place of the first of `token_ids` in the row.

        Returns:
            Scores of shape `(batch, tokens, vocabulary)`, vectors of shape `(batch, tokens, width)`, and the new cache.
        """
        layer = self.backbone.get_layer
        tokens = layer("token_embedding")(token_ids)
        vectors = tokens + layer("position_embedding")(tokens, start_index=cache_update_index)
        kept = cache[:, 0, 0]
        vectors, read = layer("neighbours").call_with_cache(
            vectors, ops.reshape(kept, (*ops.shape(kept)[:2], vectors.shape[-1])), cache_update_index
        )
        read = ops.reshape(read, ops.shape(kept))
        caches = [ops.stack([read, ops.zeros_like(read)], axis=1)]
        for index, block in enumerate(self.blocks):
            vectors, updated = block(
                vectors,
                self_attention_cache=cache[:, 1 + index],
                self_attention_cache_update_index=cache_update_index,
            )
            caches.append(updated)
        vectors = layer("norm")(vectors)
        return layer("token_embedding")(vectors, reverse=True), vectors, ops.stack(caches, axis=1)

    def generate_step(self, inputs, stop_token_ids=None):
        """Rows written to their end. For `inputs` and result see `keras_nlp.models.CausalLM.generate`."""
        token_ids, padding_mask = inputs["token_ids"], ops.cast(inputs["padding_mask"], "bool")
        batch, length = ops.shape(token_ids)
        width, heads = self.backbone.output.shape[-1], self.blocks[0].num_heads
        cache = ops.zeros((batch, 1 + len(self.blocks), 2, length, heads, width // heads), self.blocks[0].compute_dtype)
        _, vectors, cache = self.call_with_cache(token_ids, cache, 0)

        def following(prompt, cache, index):
            last = ops.slice(prompt, [0, index - 1], [ops.shape(prompt)[0], 1])
            scores, vectors, cache = self.call_with_cache(last, cache, index - 1)
            return ops.squeeze(scores, 1), ops.squeeze(vectors, 1), cache

        written = self.sampler(
            next=following,
            prompt=token_ids,
            cache=cache,
            index=ops.min(ops.sum(ops.cast(padding_mask, "int32"), axis=1)),
            mask=padding_mask,
            stop_token_ids=stop_token_ids,
            hidden_states=vectors,
            model=self,
        )
        return {"token_ids": written}
