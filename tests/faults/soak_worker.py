"""One worker of a pretraining and a fine-tuning that `soak.py` kills from outside.

Usage, with TF_CONFIG set, from the root: python -m tests.faults.soak_worker FOLDER STEPS
"""

import json
import os
import pathlib
import sys
import warnings

import keras
import numpy as np

import keras_transfer as kt

CLASSES, PAIRS_A_BATCH = 3, 8


class Place(keras.callbacks.Callback):
    """Tells in a file which process this is and how many steps of the whole run lie behind it."""

    def __init__(self, path, before=0):
        super().__init__()
        self.path, self.before = path, before
        self.tell(before)

    def tell(self, steps):
        self.path.with_suffix(".new").write_text(f"{os.getpid()} {steps}")
        self.path.with_suffix(".new").replace(self.path)

    def on_train_batch_end(self, batch, logs=None):
        self.tell(self.before + int(self.model.optimizer.iterations.numpy()))


def pretrain(folder, steps, strategy, place):
    """SimCLR on noise: augmentation, batch norms, projections, averages of the weights."""
    images = np.random.default_rng(0).random((4 * PAIRS_A_BATCH, 8, 8, 1), np.float32)
    with strategy.scope():
        objective = kt.objectives.SimCLR(kt.encoders.small_cnn((8, 8, 1), width=4), projection=(8, 4))
        objective.compile(keras.optimizers.Adam(1e-2, use_ema=True))
    batches = kt.data.two_views(images, PAIRS_A_BATCH, recipe="digits", seed=1)
    callbacks = [Place(place), kt.callbacks.Resume(folder / "states", every=3, name="pretrain")]
    history = objective.fit(batches, epochs=steps // 4, verbose=0, callbacks=callbacks)
    return objective, history


def finetune(folder, steps, strategy, place, encoder):
    """Gradual unfreezing, with validation and the best weights kept."""
    draw = np.random.default_rng(1)
    x, y = draw.random((24, 8, 8, 1), np.float32), np.arange(24) % CLASSES
    with strategy.scope():
        classifier = kt.transfer.classifier(encoder, CLASSES)
        callbacks = [
            keras.callbacks.EarlyStopping("val_loss", patience=steps, restore_best_weights=True),
            Place(place, before=steps),
            kt.callbacks.Resume(folder / "states", every=2, name="finetune"),
        ]
        history = kt.finetuning.finetune(
            classifier,
            x,
            y,
            epochs=steps // 3,
            batch_size=8,
            validation_data=(x, y),
            seed=2,
            verbose=0,
            callbacks=callbacks,
        )
    return classifier, history


def main(folder, steps):
    index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    place = folder / f"worker{index}.place"
    Place(place)
    strategy = kt.distribution.strategy()
    keras.utils.set_random_seed(3)
    results = {}
    objective, history = pretrain(folder, steps, strategy, place)
    results |= outcome("pretrain", objective, history)
    classifier, history = finetune(folder, steps, strategy, place, objective.encoder)
    results |= outcome("finetune", classifier, history)
    np.savez(folder / f"worker{index}.npz", **results)


def outcome(stage, model, history):
    variables = [*model.variables, *model.optimizer.variables]
    found = {f"{stage}/{i} {variable.path}": variable.numpy() for i, variable in enumerate(variables)}
    return found | {f"{stage}/history {name}": values for name, values in history.history.items()}


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
