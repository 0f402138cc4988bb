"""Rows of tokens, written to their end."""

import numpy as np

from keras_transfer.generation.make_sampler import make_sampler


def written_rows(model, rows, end, sampler="top_p", temperature=1.0, seed=0):
    """What the model puts where the rows leave room.

    Args:
        model: Result of `generation.language_model`.
        rows: Dict of what the model's backbone reads; of an encoder with a decoder the decoder's row is what is written.
        end: Token that ends a row.
        sampler: As in `generation.generate`.
        temperature: As in `generation.generate`.
        seed: As in `generation.generate`.

    Returns:
        Integers of shape `(rows, length)`.
    """
    # The sampler is part of the compiled function: kept while it stays the same, for compiling takes longer than writing.
    settings = (sampler, temperature)
    if getattr(model, "_sampled_by", None) != settings:
        chosen = make_sampler(sampler, temperature, seed)
        model.compile(optimizer=None, loss=None, weighted_metrics=None, sampler=chosen, jit_compile=False)
        model._sampled_by = settings
    for state in model.sampler.variables:  # its draws begin anew
        state.assign(np.array([seed, 0], np.uint32))
    written = model.generate(rows, stop_token_ids=(end,))
    return np.asarray(written["decoder_token_ids" if "decoder_token_ids" in written else "token_ids"])
