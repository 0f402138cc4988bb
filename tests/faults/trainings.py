"""Short trainings to be killed: every pretraining objective, every model of adaptation, and fine-tuning in its phases."""

import keras
import numpy as np

from keras_transfer import data, transfer
from keras_transfer.callbacks import GradualUnfreeze
from keras_transfer.encoders import small_cnn
from keras_transfer.finetuning import finetune
from tests.callbacks import unfreeze_case
from tests.finetuning import test_recipe_plan
from tests.objectives.all_cases import all_cases

BATCHES, EPOCHS = 3, 2


def objectives():
    """`{name: train}` of every objective that keeps the contract in `tests/objectives`.

    `train(callbacks)` builds everything anew, trains, and returns `(model, history)`.
    """
    return {name: _training(case, _in_order) for name, case in all_cases().items()}


def adaptations():
    """As `objectives`, every model of `keras_transfer.adaptation`; those of two domains on shuffled pairs with noise."""
    return {name: _training(case, _pairs) for name, case in all_cases("adaptation").items()}


def _training(case, batches):
    def train(callbacks):
        model = case().seeded(keras.optimizers.Adam(1e-3))
        return model, model.fit(batches(case()), epochs=EPOCHS, verbose=0, callbacks=callbacks)

    return train


def _in_order(case):
    return case.dataset(8 * BATCHES, 8)


def _pairs(case):
    inputs = case.inputs(8 * BATCHES)
    if not isinstance(inputs[0], tuple):
        return _in_order(case)
    (x, _), y = inputs
    return data.paired_batches(
        (x, y), x[::-1] + 0.5, 8, seed=5, map=_noisy, unlabelled_map=lambda x, seeds: case.unlabelled(_noise(x, seeds))
    )


def _noise(x, seeds):
    return x + 0.1 * data.normal(seeds, x.shape[-1])


def _noisy(batch, seeds):
    return _noise(batch[0], seeds), batch[1]


def _augmented(callbacks):
    """Dropout, noise, a rate on plateau, early stopping, averages: state of every kind."""
    keras.utils.set_random_seed(1)
    x, y = unfreeze_case.make_data(24)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.GaussianNoise(0.1),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05, use_ema=True, ema_overwrite_frequency=2), loss, metrics=["accuracy"])
    more = [
        keras.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=9.0, factor=0.5),
        keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True),
    ]
    batches = data.batches((x, y), 8, seed=5, map=_noisy)
    return model, model.fit(batches, epochs=3, validation_data=(x, y), verbose=0, callbacks=[*more, *callbacks])


def _unfreezing(optimizer=lambda: keras.optimizers.AdamW(1e-2), policy="float32", **unfreeze):
    def train(callbacks):
        keras.config.set_dtype_policy(policy)
        model = unfreeze_case.make_model(optimizer)
        x, y = unfreeze_case.make_data(24)
        batches = data.batches((x, y), 8, seed=5)
        callbacks = [GradualUnfreeze(unfreeze_case.GROUPS, **unfreeze), *callbacks]
        return model, model.fit(batches, epochs=3, validation_data=(x, y), verbose=0, callbacks=callbacks)

    return train


def _recipe(name):
    def train(callbacks):
        keras.utils.set_random_seed(1)
        x, y = np.random.default_rng(0).random((24, 8, 8, 1), np.float32), np.arange(24) % 3
        encoder = small_cnn((8, 8, 1), width=4)
        model = transfer.classifier(encoder, 3)
        history = finetune(model, x, y, name, epochs=3, batch_size=8, callbacks=callbacks, verbose=0)
        return model, history

    return train


def _recipe_on_dense_layers(name):
    def train(callbacks):
        model = transfer.classifier(test_recipe_plan.encoder(), 2)
        how = dict(epochs=6, batch_size=8, callbacks=callbacks, verbose=0)
        history = finetune(model, *test_recipe_plan.data(24), name, **how)
        return history.model, history

    return train


FINETUNINGS = {
    "plain, with dropout, noise, plateau and averages": _augmented,
    "GradualUnfreeze by epoch": _unfreezing(at=[1, 2]),
    "GradualUnfreeze by step": _unfreezing(at_steps=[2, 7]),
    "GradualUnfreeze on a plateau": _unfreezing(monitor="val_loss", patience=1, min_delta=100.0),
    "GradualUnfreeze with averages": _unfreezing(lambda: keras.optimizers.Adam(1e-2, use_ema=True), at=[1, 2]),
    "GradualUnfreeze with accumulation": _unfreezing(
        lambda: keras.optimizers.AdamW(1e-2, gradient_accumulation_steps=2), at=[1, 2]
    ),
    "GradualUnfreeze in mixed float16": _unfreezing(policy="mixed_float16", at=[1, 2]),
    "recipe full": _recipe("full"),
    "recipe lpft": _recipe("lpft"),
    "recipe gradual": _recipe("gradual"),
    **{f"recipe {name}": _recipe_on_dense_layers(name) for name in test_recipe_plan.NEW},
}
