"""The two encoders, and the objective they are trained with."""

import keras

from keras_transfer import encoders, objectives, optimizers

OBJECTIVES = {"clip": objectives.CLIP, "siglip": objectives.SigLIP}


def build_objective(config, image_shape, vocabulary_size, length):
    """Both encoders with fresh weights, and the objective around them."""
    images = encoders.image_encoder(config.encoder.name, image_shape, config.encoder.width)
    texts = encoders.text_transformer(
        vocabulary_size, length, layers=config.text.layers, heads=4, width=config.text.width
    )
    return OBJECTIVES[config.pretrain.objective](
        images,
        encoders.sentence_encoder(texts, length),
        projection=config.pretrain.projection,
        gradient_cache=config.pretrain.gradient_cache,
    )


def build_optimizer(config, objective, steps):
    """AdamW, its rate warmed up over a tenth of the steps, then lowered along a cosine; scale and biases do not decay."""
    schedule = optimizers.WarmupCosine(config.pretrain.learning_rate, steps, warmup_steps=steps // 10)
    adamw = keras.optimizers.AdamW(
        schedule, weight_decay=config.pretrain.weight_decay, gradient_accumulation_steps=config.pretrain.accumulate
    )
    return optimizers.exclude_rank_one(adamw, objective)
