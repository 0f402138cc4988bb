"""What each recipe trains, and how."""

import dataclasses
import math
from collections.abc import Callable

import keras

from keras_transfer.callbacks.chain_thaw import ChainThaw
from keras_transfer.callbacks.gradual_unfreeze import GradualUnfreeze
from keras_transfer.callbacks.surgical_rates import SurgicalRates
from keras_transfer.layers.adapters import Adapters
from keras_transfer.layers.lora import LoRA
from keras_transfer.transfer.layer_groups import layer_groups

RECIPES = ("probe", "full", "gradual", "lpft", "chain_thaw", "surgical", "bitfit", "lora", "adapters")


@dataclasses.dataclass
class RecipePlan:
    """What is to be compiled and fitted.

    Attributes:
        network: Model to train: the classifier, or one around it.
        finish: Called after training, or when it fails; returns the model that holds what was learnt.
        callbacks: For `fit`.
        freeze: Called once the network is compiled.
    """

    network: keras.Model
    finish: Callable
    callbacks: tuple = ()
    freeze: Callable = lambda: None


def recipe_plan(model, recipe, epochs, data, options=None, metrics=lambda: ["accuracy"]):
    """Plan a recipe's training.

    Args:
        model: Classifier whose last layer is named `head`, which the probe has set.
        recipe: One of `RECIPES`, but for "probe".
        epochs: Of the `fit` to come.
        data: `(x, y)` arrays, as the model takes them.
        options: Dict of arguments for the layer or callback at the heart of the recipe.
        metrics: Function that makes new metrics to compile with.

    Raises:
        ValueError: if the recipe takes no options and is given some.
    """
    plan, options = _PLANS.get(recipe), dict(options or {})
    if options and plan in (None, _bitfit):
        raise ValueError(f"The recipe {recipe!r} takes no `options`. Received: options={options}")
    if plan is None:
        return _whole(model)
    made = plan(model, epochs, data, options)
    return made if made.network is model else dataclasses.replace(made, finish=_compiled(made, model, metrics))


def trained_share(network):
    """Share of a model's parameters that train, from 0 to 1."""
    return sum(math.prod(variable.shape) for variable in network.trainable_variables) / max(1, network.count_params())


def _whole(model, callbacks=()):
    return RecipePlan(model, lambda: model, callbacks)


def _gradual(model, epochs, data, options):
    groups = options.get("groups") or layer_groups(model)
    # All is thawed after a third of the epochs: the rest belongs to the whole network.
    last = min(max(1, epochs // 3), epochs - 1)
    at = [round(last * (index + 1) / max(1, len(groups) - 1)) for index in range(len(groups) - 1)]
    # One rate for all, and batch norms that thaw: measured better on few labels than slow lower groups (docs/results.md).
    options = {"groups": groups, "at": at, "rate_decay": 1.0, "freeze_batch_norm": False, **options}
    return _whole(model, (GradualUnfreeze(**options),))


def _chain_thaw(model, epochs, data, options):
    groups = layer_groups(model)
    # Turns of the same length: the head's, each group's from the input up, everybody's.
    at = [round(epochs * (index + 1) / (len(groups) + 1)) for index in range(len(groups))]
    return _whole(model, (ChainThaw(**{"at": at, "groups": groups, **options}),))


def _surgical(model, epochs, data, options):
    return _whole(model, (SurgicalRates(*data, **options),))


def _bitfit(model, epochs, data, options):
    head = {id(variable) for variable in model.get_layer("head").weights}
    trained = [v for v in model.trainable_variables if id(v) in head or v.name in ("bias", "beta")]
    return _partial(model, trained)


def _partial(model, trained):
    """Train some variables of a model; batch norms use and keep their statistics."""
    chosen = {id(variable) for variable in trained}
    others = [variable for variable in model.trainable_variables if id(variable) not in chosen]
    norms = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]

    def set_flags(on):
        for variable in others:
            variable.trainable = on
        for norm in norms:
            norm._trainable = on  # not the property, whose setter is about the variables as well

    def freeze():
        # On all variables, so that the model with its optimizer can be saved and loaded when everything trains again.
        with model.distribute_strategy.scope():
            model.optimizer.build(model.trainable_variables)
        set_flags(False)

    def finish():
        set_flags(True)
        model.train_function = None  # traced for the few
        return model

    return RecipePlan(model, finish, freeze=freeze)


def _around(make):
    """Train a model around the classifier with an adapted layer in between."""

    def plan(model, epochs, data, options):
        with model.distribute_strategy.scope():
            layer = make(model, **{"trained": "head", **options})
            inputs = keras.Input(batch_shape=model.input_shape, dtype=model.inputs[0].dtype, name="inputs")
            network = keras.Model(inputs, layer(inputs), name=model.name)

        def finish():
            if not isinstance(layer, LoRA):
                return network
            layer.merge()
            return model

        return RecipePlan(network, finish)

    return plan


def _compiled(plan, model, metrics):
    """What finishes a plan, and makes the model ready to be saved that took back what its network had learnt."""

    def finish():
        trained = plan.finish()
        if trained is model:
            with model.distribute_strategy.scope():
                model.compile(keras.optimizers.AdamW(), plan.network.loss, metrics=metrics())
                model.optimizer.build(model.trainable_variables)  # or Keras warns when it loads the saved model
        return trained

    return finish


def _lora(layer, **options):
    return LoRA(layer, **{"name": "lora", **options})


def _adapters(layer, **options):
    return Adapters(layer, **{"name": "adapters", **options})


_PLANS = {
    "gradual": _gradual,
    "chain_thaw": _chain_thaw,
    "surgical": _surgical,
    "bitfit": _bitfit,
    "lora": _around(_lora),
    "adapters": _around(_adapters),
}
