"""Rows of tokens, written to their end, as texts."""

import numpy as np

from keras_transfer.data.padded_rows import padded_rows
from keras_transfer.generation.make_sampler import make_sampler


def written_texts(model, tokenizer, rows, sampler="top_p", temperature=1.0, seed=0, batch_size=128):
    """What the model puts where the rows leave room, up to the end token.

    Args:
        model: Result of `generation.language_model`.
        tokenizer: The `data.TextTokenizer` of the rows.
        rows: Dict of what the model's backbone reads; of an encoder with a decoder the decoder's row is what is written, see
            `rows_to_answer`.
        sampler: As in `generation.generate`.
        temperature: As in `generation.generate`.
        seed: As in `generation.generate`.
        batch_size: As in `generation.generate`.

    Returns:
        List of strings, with what the rows began with.
    """
    # The sampler is part of the compiled function: kept while it stays the same, for compiling takes longer than writing.
    settings = (sampler, temperature)
    if getattr(model, "_sampled_by", None) != settings:
        chosen = make_sampler(sampler, temperature, seed)
        model.compile(optimizer=None, loss=None, weighted_metrics=None, sampler=chosen, jit_compile=False)
        model._sampled_by = settings
    side = "decoder_" if "decoder_token_ids" in rows else ""
    texts = []
    for start in range(0, len(rows[f"{side}token_ids"]), batch_size):
        for state in model.sampler.variables:  # each batch draws anew, by a seed of its own
            state.assign(np.array([seed + start, 0], np.uint32))
        some = {name: row[start : start + batch_size] for name, row in rows.items()}
        written = model.generate(some, stop_token_ids=(tokenizer.end_id,))[f"{side}token_ids"]
        known = some[f"{side}padding_mask"].sum(axis=1)
        texts += [_text(tokenizer, row, count) for row, count in zip(np.asarray(written), known, strict=True)]
    return texts


def rows_to_answer(tokenizer, read, begin, length):
    """Rows of an encoder with a decoder: what the encoder reads, and the decoder's, which hold nothing but the beginning.

    Args:
        tokenizer: The `data.TextTokenizer` of the rows.
        read: Dict of `token_ids` and `padding_mask`, as `tokenizer.rows` makes them.
        begin: Token the decoder reads first.
        length: Tokens written, with that one.
    """
    count = len(read["token_ids"])
    sides = {"encoder": read, "decoder": padded_rows([[begin]] * count, count, length, tokenizer.pad_id)}
    return {f"{side}_{name}": row for side, rows in sides.items() for name, row in rows.items()}


def _text(tokenizer, row, known):
    ends = np.flatnonzero(row[known:] == tokenizer.end_id)
    row = row[: known + ends[0]] if len(ends) else row
    # Tokens beyond the tokenizer's stand for no text: those that `SpanCorruption` puts for spans.
    return tokenizer.decode(row[row < tokenizer.vocabulary_size])
