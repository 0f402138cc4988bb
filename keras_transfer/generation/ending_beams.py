"""Beam search in which a row that has ended stays as it is."""

import keras_nlp
from keras import ops


class EndingBeams(keras_nlp.samplers.BeamSampler):
    """keras-hub's beam search, but what could follow an end token does not count any more.

    In keras-hub's own an ended row goes on, and what would come behind its end makes it less likely than rows that have not
    ended. Here an end token is followed by another for certain: the row's likelihood stays what it was.

    Args:
        **kwargs: `num_beams`, `return_all_beams`, `temperature`, as in `keras_nlp.samplers.BeamSampler`.

    Example:
        >>> sampler = keras_transfer.generation.EndingBeams(num_beams=4)
        >>> texts = keras_transfer.generation.generate(model, tokenizer, texts, 32, sampler)
    """

    def __call__(self, next, prompt, cache=None, index=0, mask=None, stop_token_ids=None, **kwargs):
        """Rows written to their end, as in `keras_nlp.samplers.BeamSampler`."""
        if not stop_token_ids:
            return super().__call__(next, prompt, cache, index, mask, stop_token_ids, **kwargs)
        given = ops.zeros_like(prompt, "bool") if mask is None else ops.cast(mask, "bool")
        given = ops.repeat(given, self.num_beams, axis=0)

        def following(prompt, cache, index):
            scores, vectors, cache = next(prompt, cache, index)
            ended = ops.zeros_like(given)
            for token in stop_token_ids:
                ended = ops.logical_or(ended, ops.equal(prompt, token))
            ended = ops.any(ops.logical_and(ended, ops.logical_not(given)), axis=1, keepdims=True)
            end = ops.equal(ops.arange(ops.shape(scores)[-1]), stop_token_ids[0])[None]
            certain = ops.where(end, 0.0, -float("inf"))
            return ops.where(ended, ops.cast(certain, scores.dtype), scores), vectors, cache

        return super().__call__(following, prompt, cache, index, mask, stop_token_ids, **kwargs)
