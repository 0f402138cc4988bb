"""The encoder, and the objective it is pretrained with."""

import keras

import keras_transfer
from keras_transfer import encoders, objectives


class SimCLR(objectives.SimCLR):
    """SimCLR, yours to change: override `call` (views to outputs) or `example_losses` (outputs to one loss a sample)."""

    def example_losses(self, inputs, outputs, labels=None):
        return super().example_losses(inputs, outputs, labels)


def build_encoder(config, input_shape):
    """From images of `input_shape`, values in 0..1, to one vector each."""
    build = {"small_cnn": encoders.small_cnn}[config.encoder.name]
    return build(input_shape, width=config.encoder.width)


def build_objective(config, encoder):
    build = {"simclr": lambda: SimCLR(encoder, temperature=config.pretrain.temperature)}
    return build[config.pretrain.objective]()


def build_optimizer(config, steps):
    """AdamW, its rate warmed up over a tenth of the steps, then lowered along a cosine."""
    schedule = keras_transfer.optimizers.WarmupCosine(
        config.pretrain.learning_rate, total_steps=steps, warmup_steps=steps // 10
    )
    return keras.optimizers.AdamW(schedule, weight_decay=config.pretrain.weight_decay)
