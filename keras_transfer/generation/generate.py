"""Go on writing where prompts end, or write what belongs to other texts."""

import keras_nlp

from keras_transfer.data.padded_rows import padded_rows
from keras_transfer.generation.language_model import language_model
from keras_transfer.generation.written_texts import rows_to_answer, written_texts


def generate(
    model,
    tokenizer,
    prompts,
    length=64,
    sampler="top_p",
    temperature=1.0,
    seed=0,
    begin=None,
    source_length=None,
    batch_size=128,
):
    """Texts that go on where the prompts end, until the end token, or `length` tokens in all.

    A model with an encoder and a decoder reads the prompts and writes other texts: their summaries or translations, or the
    whole of what was spoilt.

    Args:
        model: What `objectives.CausalLM`, `DenoisingSeq2Seq` or `SpanCorruption` has trained, its encoder, or the
            result of `generation.language_model`, which saves the compilation when called again.
        tokenizer: The `data.TextTokenizer` the model was trained with.
        prompts: List of strings, or one. An empty one is the beginning of a document.
        length: Tokens in all, the first one included, at most what the model reads.
        sampler: How the next token is chosen, see `generation.make_sampler`.
        temperature: Above 1 for more surprise, below for less.
        seed: Of what is drawn: the same seed gives the same texts.
        begin: Token before each text, as in training: by default the start token, as in `tokenizer.rows` and
            `data.pretraining_rows`; `tokenizer.end_id` for what was trained on windows of `tokenizer.stream`. Of an encoder
            with a decoder, what the decoder reads first: by default the objective's `start_id`, without one the start token,
            for T5 padding.
        source_length: Tokens of a prompt that an encoder with a decoder reads, of longer ones the beginning. Default: as many
            as it can.
        batch_size: Texts written at a time.

    Returns:
        List of texts, prompts included where the model goes on with them; a string, if one was given.

    Raises:
        ValueError: if `length` leaves no room after a prompt, or it or `source_length` is more than the model reads; or for an
            unknown sampler.

    Example:
        >>> keras_transfer.generation.generate(objective, tokenizer, ["The king"], length=32, sampler="greedy")
    """
    if isinstance(prompts, str):
        settings = (length, sampler, temperature, seed, begin, source_length)
        return generate(model, tokenizer, [prompts], *settings)[0]
    prompts = list(prompts)
    if begin is None:
        begin = getattr(model, "start_id", None)
    if not isinstance(model, keras_nlp.models.CausalLM):
        model = language_model(getattr(model, "encoder", model))
    if begin is None:
        begin = tokenizer.pad_id if isinstance(model.backbone, keras_nlp.models.T5Backbone) else tokenizer.start_id
    if not prompts:
        return []
    _check("length", length, model.backbone)
    if isinstance(model, keras_nlp.models.Seq2SeqLM):
        read = _read(tokenizer, prompts, source_length, model.backbone)
        rows = rows_to_answer(tokenizer, read, begin, length)
    else:
        rows = _begun(tokenizer, prompts, length, begin)
    return written_texts(model, tokenizer, rows, sampler, temperature, seed, batch_size)


def _begun(tokenizer, prompts, length, begin):
    """Rows that begin with the prompts."""
    pieces = [[begin, *tokens] for tokens in tokenizer.encode(prompts)]
    for index, whole in enumerate(pieces):
        if len(whole) >= length:
            raise ValueError(
                f"`prompts[{index}]` has {len(whole)} tokens, its first one included, which leaves no room to write. Give fewer, "
                f"or a larger `length`. Received: length={length}"
            )
    return padded_rows(pieces, len(pieces), length, tokenizer.pad_id)


def _read(tokenizer, prompts, most, backbone):
    """Rows for the encoder, as long as the longest prompt, or as it can read."""
    if most is None:
        most = _bound(backbone)
    else:
        _check("source_length", most, backbone)
    # Eights: each length is a compilation of its own.
    longest = -(-max(tokenizer.row_lengths(prompts)) // 8) * 8
    return tokenizer.rows(prompts, longest if most is None else min(longest, most))


def _bound(backbone):
    """Tokens that a backbone reads at most; None for one whose positions are relative."""
    kept = ("position_embedding", "decoder_position_embedding")
    return next((layer.sequence_length for layer in backbone.layers if layer.name in kept), None)


def _check(name, length, backbone):
    most = _bound(backbone)
    if most is not None and length > most:
        raise ValueError(f"`{name}` must be at most {most}, what the encoder reads. Received: {name}={length}")
