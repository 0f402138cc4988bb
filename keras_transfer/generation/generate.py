"""Go on writing where prompts end."""

import keras_nlp
import numpy as np

from keras_transfer.data.padded_rows import padded_rows
from keras_transfer.generation.language_model import language_model
from keras_transfer.generation.make_sampler import make_sampler


def generate(model, tokenizer, prompts, length=64, sampler="top_p", temperature=1.0, seed=0, begin=None):
    """Texts that go on where the prompts end, until the end token, or `length` tokens in all.

    Args:
        model: What `objectives.CausalLM` has pretrained, its encoder, or the result of `generation.language_model`, which saves
            the compilation when called again.
        tokenizer: The `data.TextTokenizer` the model was trained with.
        prompts: List of strings, or one. An empty one is the beginning of a document.
        length: Tokens in all, at most what the encoder reads.
        sampler: How the next token is chosen, see `generation.make_sampler`.
        temperature: Above 1 for more surprise, below for less.
        seed: Of what is drawn: the same seed gives the same texts.
        begin: Token before each text, as in training: by default the start token, as in `tokenizer.rows` and
            `data.pretraining_rows`; `tokenizer.end_id` for what was trained on windows of `tokenizer.stream`.

    Returns:
        List of texts, prompts included; a string, if one was given.

    Raises:
        ValueError: if `length` leaves no room after a prompt, or is more than the encoder reads; or for an unknown sampler.

    Example:
        >>> keras_transfer.generation.generate(objective, tokenizer, ["The king"], length=32, sampler="greedy")
    """
    if isinstance(prompts, str):
        return generate(model, tokenizer, [prompts], length, sampler, temperature, seed, begin)[0]
    if not isinstance(model, keras_nlp.models.CausalLM):
        model = language_model(getattr(model, "encoder", model))
    begin = tokenizer.start_id if begin is None else begin
    rows = _rows(tokenizer, prompts, _checked_length(model.backbone, length), begin)
    # The sampler is part of the compiled function: kept while it stays the same, for compiling takes longer than writing.
    settings = (sampler, temperature)
    if getattr(model, "_sampled_by", None) != settings:
        chosen = make_sampler(sampler, temperature, seed)
        model.compile(optimizer=None, loss=None, weighted_metrics=None, sampler=chosen, jit_compile=False)
        model._sampled_by = settings
    _seed(model.sampler, seed)
    known = rows["padding_mask"].sum(axis=1)
    written = model.generate(rows, stop_token_ids=(tokenizer.end_id,))["token_ids"]
    return [_text(tokenizer, row, count) for row, count in zip(np.asarray(written), known, strict=True)]


def _rows(tokenizer, prompts, length, begin):
    pieces = [[begin, *tokens] for tokens in tokenizer.encode(list(prompts))]
    for index, whole in enumerate(pieces):
        if len(whole) >= length:
            raise ValueError(
                f"`prompts[{index}]` has {len(whole)} tokens, its first one included, which leaves no room to write. Give fewer, "
                f"or a larger `length`. Received: length={length}"
            )
    return padded_rows(pieces, len(pieces), length, tokenizer.pad_id)


def _checked_length(backbone, length):
    names = [layer.name for layer in backbone.layers]
    # Rotary positions have no such layer and no such bound.
    if "position_embedding" in names:
        most = backbone.get_layer("position_embedding").sequence_length
        if length > most:
            raise ValueError(f"`length` must be at most {most}, what the encoder reads. Received: length={length}")
    return length


def _seed(sampler, seed):
    """Begin the sampler's draws anew."""
    for state in sampler.variables:
        state.assign(np.array([seed, 0], np.uint32))


def _text(tokenizer, row, known):
    """The row's text up to the end token that was written."""
    ends = np.flatnonzero(row[known:] == tokenizer.end_id)
    return tokenizer.decode(row[: known + ends[0]] if len(ends) else row)
