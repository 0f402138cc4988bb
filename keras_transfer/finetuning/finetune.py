"""Training a classifier on few labels by a named recipe."""

import keras
import numpy as np

from keras_transfer.data.set_epoch import set_epoch
from keras_transfer.finetuning.cached_epochs import as_cache, cached_epochs
from keras_transfer.finetuning.class_weights import class_weights
from keras_transfer.finetuning.classification import Classification
from keras_transfer.finetuning.epochs_by_size import epochs_by_size
from keras_transfer.finetuning.labelled_batches import labelled_batches, like_mixed
from keras_transfer.finetuning.probe import probe
from keras_transfer.finetuning.recipe_plan import RECIPES, recipe_plan, trained_share
from keras_transfer.optimizers.exclude_rank_one import exclude_rank_one
from keras_transfer.optimizers.named_schedule import named_schedule

FEWEST_STEPS = 5
WITHOUT_PROBE = ("full", "gradual")


def finetune(
    model,
    x,
    y,
    recipe="gradual",
    *,
    epochs=None,
    batch_size=32,
    learning_rate=1e-3,
    schedule="warmup_cosine",
    weight_decay=1e-4,
    label_smoothing=0.1,
    augment=None,
    mix=None,
    class_weight=None,
    cache=None,
    validation_data=None,
    patience=None,
    seed=0,
    callbacks=(),
    verbose="auto",
    options=None,
    task=None,
):
    """Compile a classifier, or another task's model, and train it by a recipe.

    - `probe`: only the head, solved by logistic regression on the frozen features.
    - `full`: everything at once. From random weights this is training from scratch.
    - `lpft`: the probe first, then everything.
    - `gradual`: the head alone, then the encoder is unfrozen group by group, from the top, during the first third of the
      epochs, its batch norms with it. The head starts from random weights: one that a probe has solved already fits few labels
      perfectly, and hands hardly any gradient down.
    - `chain_thaw`: the probe first, then each group by itself from the input up, then everything (`callbacks.ChainThaw`).
    - `surgical`: the probe first, then each layer at a rate in proportion to its gradient over its weights
      (`callbacks.SurgicalRates`).
    - `bitfit`: the probe first, then the head and all biases; kernels stay.
    - `lora`: the probe first, then the head and low-rank changes to the dense kernels, merged into them at the end
      (`layers.LoRA`).
    - `adapters`: the probe first, then the head and bottlenecks between the frozen layers (`layers.Adapters`). What was learnt is
      in the returned `History`'s `model`, which is a new one; in all other recipes that is `model`.

    All but the probe use AdamW, its rate warmed up over a tenth of the steps, then lowered along a cosine, unless another
    `schedule` is named.

    Args:
        model: Classifier as `transfer.classifier` makes it, from inputs to logits.
        x: Inputs of shape `(samples, ...)`; what `augment` gives, or what `x` holds without it, is what the model takes.
        y: Classes, integers of shape `(samples,)`, or what else the task has.
        recipe: One of the above.
        epochs: Passes over the samples; None: by their number, see `epochs_by_size`. With very few samples several passes make
            one epoch of `fit`.
        batch_size: Samples a step, of all replicas together.
        learning_rate: At its peak, for the head's group.
        schedule: Of the rate: a name, see `optimizers.named_schedule`.
        weight_decay: Of AdamW, not for biases and norms.
        label_smoothing: Share of each target that is spread over all classes, in `[0, 1)`: see `losses.SmoothedCrossEntropy`.
        augment: Function of `(inputs, seeds)` in tf.data, see `data.batches`; training only.
        mix: Function of `(inputs, labels, seeds, classes=...)` that blends samples and their labels after that, such as
            `data.mix_up` or `data.cut_mix`; training only, and not the probe's.
        class_weight: "balanced", so that rare classes count as much as others, or a dict from class to weight: see
            `class_weights`.
        cache: Where the outputs of the frozen encoder are kept, so that they are computed once: "memory", a folder, or a
            `FeatureCache`. Used by the probe, and in `gradual` by the epochs of the head alone, of which `callbacks` see
            nothing. None: computed in every epoch.
        validation_data: `(x, y)` arrays or dataset, passed on to `fit`.
        patience: Stop once the loss on `validation_data` has not improved for so many epochs, counted after the last group of a
            schedule has started, and go back to the weights of the best of these. None: train to the end.
        seed: Of the order of the samples and the augmentation.
        callbacks: More Keras callbacks.
        verbose: As in `fit`; unless 0 a line tells what share of the parameters trains.
        options: Dict of arguments for the recipe's layer or callback, such as `{"rank": 4}` for `lora`.
        task: A `Task`, such as `TokenClassification`, that knows model, loss and scores. None: `Classification`.

    Returns:
        The `History` of `fit`; for `probe` an empty one. Its `model` is the fine-tuned one, its `trained_share` the share of
        parameters that trained.

    Raises:
        ValueError: if the recipe is unknown, does not fit the model or takes no `options`, or x and y differ in length, or a
            class does not fit the model, or features cannot be cached, or there is no such schedule,
            or the task has no head that a probe can set, or no classes to weigh or mix.
        FloatingPointError: if the loss becomes NaN or infinite.

    Reference: [LP-FT, Kumar et al., 2022](https://arxiv.org/abs/2202.10054); [ULMFiT, Howard and Ruder,
    2018](https://arxiv.org/abs/1801.06146); [BitFit, Ben Zaken et al., 2021](https://arxiv.org/abs/2106.10199)
    """
    x, y = np.asarray(x), np.asarray(y)
    cache = as_cache(cache)
    task = task or Classification(model.output_shape[-1])
    task.check(model, x, y)
    _check_recipe(recipe, patience, validation_data, cache)
    _check_task(task, recipe, class_weight, mix)
    classes = task.classes
    weights = class_weights(class_weight, y, classes)
    if recipe not in WITHOUT_PROBE:
        probe(model, x, y, seed=seed, cache=cache, class_weight=weights)
    batch_size = min(batch_size, len(x))
    steps, rounds = _rounds(len(x), batch_size, epochs or epochs_by_size(len(x)))
    plan = recipe_plan(model, recipe, rounds, (x, y), options, task.metrics)
    network = plan.network
    rate = named_schedule(schedule, learning_rate, total_steps=rounds * steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=weight_decay)
    exclude_rank_one(optimizer, network)
    network.compile(optimizer, task.loss(label_smoothing), metrics=task.metrics())
    if recipe == "probe":
        return _probed(model)
    if mix is not None and validation_data is not None:
        validation_data = like_mixed(validation_data, classes)
    making = dict(augment=augment, mix=mix, weights=weights, seed=seed, steps=steps)
    train = labelled_batches((x, y), batch_size, classes=classes, **making)
    # Keras may take a batch before the first epoch, or not: each epoch is told its number, so that it has the same batches.
    in_order = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: set_epoch(epoch))
    callbacks = [in_order, *plan.callbacks, *_early_stopping(patience, plan.callbacks, steps), *callbacks]
    try:
        plan.freeze()
        share = trained_share(network)
        if verbose:
            print(f"{recipe}: {share:.1%} of {network.count_params()} parameters train.")
        done, before = 0, {}
        if cache is not None:
            how = dict(epochs=rounds, batch_size=batch_size, validation_data=validation_data, **making)
            how["metrics"] = task.metrics()
            done, before = cached_epochs(network, plan.callbacks, cache, (x, y), **how)
        fitting = dict(epochs=rounds, initial_epoch=done, callbacks=callbacks, verbose=verbose)
        history = network.fit(train, validation_data=validation_data, shuffle=False, **fitting)
    finally:
        trained = plan.finish()
    if not np.isfinite(history.history.get("loss", [0.0])[-1]):
        raise FloatingPointError(
            f"The loss of fine-tuning by {recipe!r} has become NaN or infinite, at a learning rate of {learning_rate:g}: try a "
            "tenth of it, and look for NaN and huge numbers in x."
        )
    history.history = {name: [*before.get(name, ()), *values] for name, values in history.history.items()}
    history.epoch = [*range(done), *history.epoch]
    history.trained_share = share
    history.set_model(trained)
    return history


def _probed(model):
    """The empty history of a model whose head is solved, ready to be saved."""
    with model.distribute_strategy.scope():
        model.optimizer.build(model.trainable_variables)  # or Keras warns when it loads the saved model
    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    history.trained_share = model.layers[-1].count_params() / model.count_params()
    return history


def _early_stopping(patience, schedule, steps):
    if patience is None:
        return []
    starts = [0]
    for callback in schedule:
        starts += getattr(callback, "at", None) or ()
        starts += [-(-step // steps) for step in getattr(callback, "at_steps", None) or ()]
    how = dict(restore_best_weights=True, start_from_epoch=max(starts))
    return [keras.callbacks.EarlyStopping("val_loss", patience=patience, mode="min", **how)]


def _rounds(samples, batch_size, epochs):
    """Steps of one epoch of `fit`, and how many of those epochs."""
    # Every step has a full batch: with few labels a dropped remainder would be half of them. And an epoch has a handful of
    # steps at least, since beginning one costs as much as several steps of a small network.
    steps = -(-samples // batch_size)
    passes = min(epochs, -(-FEWEST_STEPS // steps))
    return steps * passes, -(-epochs // passes)


def _check_recipe(recipe, patience, validation_data, cache):
    if recipe not in RECIPES:
        raise ValueError(f"`recipe` must be one of {', '.join(RECIPES)}. Received: recipe={recipe!r}")
    if cache is not None and recipe == "full":
        raise ValueError("The recipe 'full' has no epoch with a frozen encoder: leave `cache` out.")
    if patience is not None and (validation_data is None or patience < 1):
        raise ValueError(
            f"`patience` must be at least 1 epoch, and needs `validation_data` to judge by. Received: patience={patience}, "
            f"validation_data {'missing' if validation_data is None else 'given'}"
        )


def _check_task(task, recipe, class_weight, mix):
    name = type(task).__name__
    if not task.can_probe and recipe not in WITHOUT_PROBE:
        raise ValueError(
            f"The recipe {recipe!r} begins with a probe, and {name} has no head that one can set. Take one of: "
            f"{', '.join(WITHOUT_PROBE)}"
        )
    if task.classes is None and (class_weight is not None or mix is not None):
        raise ValueError(f"{name} has no classes: leave `class_weight` and `mix` out.")
