"""The encoder, and the objective it is pretrained with."""

import keras
import keras_nlp

from keras_transfer import encoders, finetuning, objectives, optimizers
from keras_transfer.project import RunError

HIDING = ("masked_lm", "electra")
WRITING = ("span_corruption", "denoising_seq2seq")
SENTINELS = 32  # tokens beyond the tokenizer's that stand for spans cut out
SENTENCE_ENDS = ".?!。？！"


def encoder_name(config):
    """The encoder's name, `auto` resolved: what writes needs a decoder."""
    name, objective = config.encoder.name, config.pretrain.objective
    if name == "auto":
        return "bart" if objective in WRITING else "transformer"
    if not config.encoder.folder and (
        (name == "bart") != (objective in WRITING) or (name == "bert" and objective == "causal_lm")
    ):
        raise RunError(f"encoder.name={name} does not fit pretrain.objective={objective}; auto takes one that does")
    return name


def reads_packed_rows(config):
    """Whether several texts may share a row: the encoder keeps them apart, and the objective wants no single texts."""
    return encoder_name(config) == "transformer" and not config.encoder.folder and config.pretrain.objective != "simcse"


def load_checkpoint(config):
    """The backbone of the checkpoint that `encoder.folder` names, or None."""
    if not config.encoder.folder:
        return None
    try:
        return keras_nlp.models.Backbone.from_preset(config.encoder.folder)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        raise RunError(f"encoder.folder: {config.encoder.folder} cannot be read: {error}") from error


def build_backbone(config, vocabulary_size, length):
    """From tokens to one vector each, with fresh weights."""
    size, name = config.encoder, encoder_name(config)
    if size.width % size.heads:
        raise RunError(f"encoder.heads={size.heads} must divide encoder.width={size.width}")
    if name == "transformer":
        causal = config.pretrain.objective == "causal_lm"
        return encoders.text_transformer(
            vocabulary_size, length, size.layers, size.heads, size.width, causal, dropout=size.dropout
        )
    kind, extra = keras_nlp.models.BertBackbone, 0
    if name == "bart":
        kind, extra = keras_nlp.models.BartBackbone, SENTINELS
    return kind(
        vocabulary_size + extra,
        size.layers,
        size.heads,
        size.width,
        4 * size.width,
        dropout=size.dropout,
        max_sequence_length=length,
    )


def build_objective(config, backbone, tokenizer, length):
    """The objective around the backbone."""
    try:
        return _BUILDERS[config.pretrain.objective](config, backbone, tokenizer, length)
    except ValueError as error:
        raise RunError(f"pretrain.objective={config.pretrain.objective}: {error}") from error


def _masked_lm(config, backbone, tokenizer, length):
    return objectives.MaskedLM(backbone, **_hiding(config, tokenizer))


def _electra(config, backbone, tokenizer, length):
    heads = config.encoder.heads
    width = heads * max(1, config.encoder.width // (2 * heads))
    generator = (max(1, config.encoder.layers // 2), heads, width)
    return objectives.ELECTRA(backbone, length=length, generator=generator, **_hiding(config, tokenizer))


def _hiding(config, tokenizer):
    if tokenizer.mask_id is None:
        raise ValueError("the checkpoint's tokenizer has no mask; take pretrain.objective=causal_lm or simcse")
    settings = config.pretrain
    return {
        "mask_id": tokenizer.mask_id,
        "special_ids": tokenizer.special_ids,
        "mask_ratio": settings.mask_ratio,
        "word_starts": tokenizer.word_starts if settings.whole_words else None,
        "span_length": settings.span_length,
        "token_bytes": tokenizer.token_bytes,
    }


def _causal_lm(config, backbone, tokenizer, length):
    if config.encoder.folder and not encoders.is_causal(backbone):
        raise ValueError(f"{backbone.name} sees the tokens that it would have to foretell; take masked_lm or electra")
    return objectives.CausalLM(backbone, token_bytes=tokenizer.token_bytes)


def _simcse(config, backbone, tokenizer, length):
    return objectives.SimCSE(backbone, temperature=config.pretrain.temperature, pool=config.encoder.pool)


def _span_corruption(config, backbone, tokenizer, length):
    first = tokenizer.vocabulary_size
    if config.encoder.folder:
        raise ValueError(
            "a checkpoint's own sentinels are not known here; take denoising_seq2seq, or no encoder.folder"
        )
    return objectives.SpanCorruption(backbone, range(first, first + SENTINELS), **_writing(config, backbone, tokenizer))


def _denoising_seq2seq(config, backbone, tokenizer, length):
    if tokenizer.mask_id is None:
        raise ValueError("the checkpoint's tokenizer has no mask")
    ends = [number for number, token in enumerate(tokenizer.tokens) if token and token in SENTENCE_ENDS]
    return objectives.DenoisingSeq2Seq(
        backbone, tokenizer.mask_id, sentence_ends=ends, **_writing(config, backbone, tokenizer)
    )


def _writing(config, backbone, tokenizer):
    sizes = tokenizer.token_bytes
    if sizes is not None:  # sentinels stand for no text of their own
        sizes = [*sizes, *[0] * (backbone.vocabulary_size - tokenizer.vocabulary_size)]
    return {
        "special_ids": tokenizer.special_ids,
        "start_id": tokenizer.start_id,
        "mask_ratio": config.pretrain.mask_ratio,
        "span_length": config.pretrain.span_length or 3.0,
        "token_bytes": sizes,
    }


_BUILDERS = {
    "masked_lm": _masked_lm,
    "electra": _electra,
    "causal_lm": _causal_lm,
    "simcse": _simcse,
    "span_corruption": _span_corruption,
    "denoising_seq2seq": _denoising_seq2seq,
}


def build_optimizer(config, objective, steps):
    """AdamW, its rate warmed up over a tenth of the steps, then lowered along a cosine; norms and biases do not decay."""
    usual = 5e-5 if config.encoder.folder else 3e-3 if config.encoder.width <= 128 else 5e-4
    schedule = optimizers.WarmupCosine(config.pretrain.learning_rate or usual, steps, warmup_steps=steps // 10)
    adamw = keras.optimizers.AdamW(
        schedule,
        weight_decay=config.pretrain.weight_decay,
        global_clipnorm=1.0,
        gradient_accumulation_steps=config.pretrain.accumulate,
    )
    return optimizers.exclude_rank_one(adamw, objective)


def learning_rates(config):
    """What the search for fine-tuning tries: large encoders take lower rates."""
    large = config.encoder.folder or config.encoder.width > 128
    return (3e-5, 1e-4, 3e-4) if large else (3e-4, 1e-3, 3e-3)


def passes(config, rows):
    """Over the labelled rows: fewer than images take, for they cost more."""
    return config.finetune.epochs or finetuning.epochs_by_size(len(rows), most=20, shown=30_000)
