"""The keras-hub task that writes with a pretrained backbone."""

import keras_nlp

from keras_transfer.generation.cached_transformer import CachedTransformer


def language_model(encoder):
    """A model that writes text with the encoder's weights, by a cache of keys and values.

    Args:
        encoder: Of `objectives.CausalLM`: `encoders.text_transformer(..., causal=True)`, or a causal backbone of keras-hub, such
            as `keras_nlp.models.GPT2Backbone`. Or one with an encoder and a decoder, such as `keras_nlp.models.BartBackbone`
            or `T5Backbone`, which reads one text and writes another.

    Returns:
        A `keras_nlp.models.CausalLM` (of an encoder with a decoder a `Seq2SeqLM`) without preprocessor; its `generate` takes
        tokens.

    Raises:
        ValueError: if keras-hub has no language model for the encoder.

    Example:
        >>> writer = keras_transfer.generation.language_model(objective.encoder)
    """
    if not isinstance(encoder, keras_nlp.models.Backbone):
        return CachedTransformer(encoder)
    tasks = [getattr(keras_nlp.models, name) for name in dir(keras_nlp.models)]
    for task in tasks:
        if (
            isinstance(task, type)
            and issubclass(task, keras_nlp.models.CausalLM)
            and task.backbone_cls is type(encoder)
        ):
            return task(backbone=encoder, preprocessor=None)
    raise ValueError(
        f"keras-hub has no causal language model for {type(encoder).__name__}. Give the encoder of an objectives.CausalLM: "
        "encoders.text_transformer(..., causal=True), keras_nlp.models.GPT2Backbone, LlamaBackbone; or one with a decoder: "
        "BartBackbone, T5Backbone ..."
    )
