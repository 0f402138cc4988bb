"""Stage 1: pretrain the encoder on images without labels."""

import math

import numpy as np

from keras_transfer import callbacks, data
from keras_transfer.project import compile_options, image_schema, pretraining_epochs, run_stage

from data import load_images, pretraining_batches, watched
from model import CROPS, PAIRS, build_encoder, build_objective, build_optimizer


def monitors(config, images, epochs):
    """What is measured on a few images at the end of epochs, at most twenty times. The encoder learns nothing from the labels."""
    first, second, labelled = watched(config, images)
    often = {"every": math.ceil(epochs / 20)}
    found = [callbacks.CollapseMonitor(first, **often), callbacks.AlignmentUniformity(first, second, **often)]
    counts = np.unique(labelled[1], return_counts=True)[1] if labelled else []
    if len(counts) > 1 and max(counts) > 1:
        found += [callbacks.KNNMonitor(*labelled, **often), callbacks.ProbeMonitor(*labelled, **often)]
    return [*found, callbacks.TeacherMomentum()]


def pretrain(config, run):
    """Pretrain the encoder on the unlabelled images."""
    images = load_images(config)
    name = config.pretrain.objective
    epochs = config.pretrain.epochs or pretraining_epochs(len(images.x_unlabelled))
    with run.strategy.scope():
        batches = pretraining_batches(config, images, pairs=name in PAIRS, crops=name in CROPS)
        steps = epochs * data.steps_per_epoch(batches) // (config.pretrain.accumulate or 1)  # of the optimizer
        objective = build_objective(config, build_encoder(config, images.image_shape), steps)
        objective.compile(build_optimizer(config, steps), **compile_options(config))
    objective.fit(
        batches,
        epochs=epochs,
        shuffle=False,  # the batches are: anew each epoch, by the run's seed
        callbacks=[
            *monitors(config, images, epochs),  # before those that show their numbers
            callbacks.TensorBoard(run.logs, images=batches, settings=config.to_dict()),
            callbacks.NaNGuard(),
            callbacks.Resume(run.progress),
            callbacks.Progress(),
        ],
        verbose=0,
    )
    if run.is_chief:
        objective.encoder.save(run / "encoder.keras")


if __name__ == "__main__":
    run_stage(pretrain, image_schema())
