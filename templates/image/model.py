"""The encoder, and the objective it is pretrained with."""

import keras

from keras_transfer import encoders, objectives, optimizers


class SimCLR(objectives.SimCLR):
    """SimCLR, yours to change: override `call` (views to outputs) or `example_losses` (outputs to one loss a sample)."""

    def example_losses(self, inputs, outputs, labels=None):
        return super().example_losses(inputs, outputs, labels)


# What takes two views of an image; the others rebuild the image itself. Teachers follow faster than in the papers, whose
# trainings are a hundred times as long.
PAIRS = {
    "simclr": lambda encoder, config, steps: SimCLR(encoder, temperature=config.temperature),
    "dcl": lambda encoder, config, steps: objectives.DCL(encoder, temperature=config.temperature),
    "moco": lambda encoder, config, steps: objectives.MoCo(encoder, temperature=config.temperature, momentum=0.97),
    "moco_v3": lambda encoder, config, steps: objectives.MoCoV3(
        encoder, temperature=config.temperature, momentum=0.97, total_steps=steps
    ),
    "nnclr": lambda encoder, config, steps: objectives.NNCLR(encoder, temperature=config.temperature, queue_size=2048),
    "byol": lambda encoder, config, steps: objectives.BYOL(encoder, momentum=0.97, total_steps=steps),
    "simsiam": lambda encoder, config, steps: objectives.SimSiam(encoder),
    "barlow_twins": lambda encoder, config, steps: objectives.BarlowTwins(encoder),
    "vicreg": lambda encoder, config, steps: objectives.VICReg(encoder),
}
# What takes several crops of an image, large and small.
CROPS = {
    "swav": lambda encoder, config, steps: objectives.SwAV(encoder),
    "dino": lambda encoder, config, steps: objectives.DINO(encoder, batch_norm=True, momentum=0.97, total_steps=steps),
}
REBUILDERS = {
    "autoencoder": objectives.Autoencoder,
    "denoising_autoencoder": objectives.DenoisingAutoencoder,
    "sparse_autoencoder": objectives.SparseAutoencoder,
    "contractive_autoencoder": objectives.ContractiveAutoencoder,
    "variational_autoencoder": objectives.VariationalAutoencoder,
    "masked_autoencoder": objectives.MaskedAutoencoder,
    "simmim": objectives.SimMIM,
}


def encoder_name(config):
    """The encoder's name, `auto` resolved: an encoder of visible patches alone must be a ViT."""
    if config.encoder.name != "auto":
        return config.encoder.name
    return "vit" if config.pretrain.objective == "masked_autoencoder" else "small_cnn"


def build_encoder(config, input_shape):
    """From images of `input_shape`, values in 0..1, to one vector each."""
    name = config.encoder.name
    if name == "auto":
        name = "vit" if config.pretrain.objective == "masked_autoencoder" else "small_cnn"
    return encoders.image_encoder(name, input_shape, config.encoder.width)


def build_objective(config, encoder, steps):
    """The objective around the encoder, for a pretraining of so many steps."""
    name = config.pretrain.objective
    several = {**PAIRS, **CROPS}
    if name in several:
        return several[name](encoder, config.pretrain, steps)
    return REBUILDERS[name](encoder)


def build_optimizer(config, steps):
    """AdamW, its rate warmed up over a tenth of the steps, then lowered along a cosine."""
    rate = config.pretrain.learning_rate or (1e-3 if encoder_name(config) == "vit" else 3e-3)
    schedule = optimizers.WarmupCosine(rate, steps, warmup_steps=steps // 10)
    return keras.optimizers.AdamW(
        schedule, weight_decay=config.pretrain.weight_decay, gradient_accumulation_steps=config.pretrain.accumulate
    )
