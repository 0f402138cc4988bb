"""Whether a model of texts looks ahead."""

import numpy as np


def is_causal(backbone, length=6):
    """Find out, by trying, whether a backbone's vector of a token depends on the tokens before it alone.

    `objectives.CausalLM` needs such a one: a backbone that sees the next token has nothing to foretell.

    Args:
        backbone: Built backbone with `token_ids` among its inputs, as for `encoders.sentence_encoder`.
        length: Tokens of the row that is tried.

    Returns:
        True or False.

    Example:
        >>> keras_transfer.encoders.is_causal(keras_nlp.models.BertBackbone(100, 1, 2, 8, 16))
        False
    """
    tokens = np.ones((2, length), np.int32)
    tokens[1, -1] = 2
    outputs = backbone({name: tokens if name == "token_ids" else _filled(name, tokens) for name in backbone.input})
    if isinstance(outputs, dict):
        outputs = outputs["sequence_output"]
    first, second = np.array(outputs, np.float32)
    return bool(np.allclose(first[:-1], second[:-1], atol=1e-5))


def _filled(name, tokens):
    return np.zeros_like(tokens) if name == "segment_ids" else np.ones_like(tokens)
