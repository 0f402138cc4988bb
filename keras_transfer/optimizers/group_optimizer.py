"""Put the optimizer of a compiled model behind `Grouped`."""

import keras

from keras_transfer.optimizers.group_layout import plan_groups
from keras_transfer.optimizers.group_state import carry_state
from keras_transfer.optimizers.grouped import Grouped


def group_optimizer(model, groups, multipliers=None):
    """Replace the optimizer of a compiled model by `Grouped` around it, state kept.

    What `compile` was given stays in force: the learning rate or schedule, clipping, weight decay and its exclusions, moving
    averages, accumulation, the loss scale of `mixed_float16`. Saving the model saves the new optimizer. A model that is
    already grouped keeps its optimizer if the groups are the same, and else hands the state over, variable by variable.

    Args:
        model: Built and compiled `keras.Model`.
        groups: Lists of variables, or of layers whose trainable variables are meant; the head's group first.
        multipliers: One number `>= 0` for each group. None: those there are, or all 1.

    Returns:
        The `Grouped` optimizer, which is `model.optimizer` or inside of its `LossScaleOptimizer`.

    Raises:
        ValueError: if the model is not compiled, or was reloaded with the state of other groups.
    """
    outer = getattr(model, "optimizer", None)
    if outer is None:
        raise ValueError(f"`model` must be compiled with an optimizer first. Received: model={model.name!r}")
    scaled = isinstance(outer, keras.optimizers.LossScaleOptimizer)
    current = outer.inner_optimizer if scaled else outer
    if isinstance(current, Grouped) and current.fits(groups):
        current.bind(groups, multipliers)
        current.build(_in_model_order(model, groups))
        return current
    with model.distribute_strategy.scope():
        grouped = _regrouped(model, current, groups, multipliers)
        optimizer = _rescaled(outer, grouped) if scaled else grouped
    model.optimizer = optimizer
    # `save` writes the optimizer that `compile` was given, which `compile` then wraps in a loss scale again.
    given = model._compile_config.config
    wrapped = isinstance(given["optimizer"], keras.optimizers.LossScaleOptimizer)
    given["optimizer"] = optimizer if wrapped else grouped
    model.train_function = None  # traced with the old optimizer
    return grouped


def _regrouped(model, current, groups, multipliers):
    if isinstance(current, Grouped):
        _refuse_stand_ins(model, current)
        grouped = Grouped.from_config({**current.get_config(), "multipliers": None, "layout": None})
        grouped.bind(groups, multipliers)
        rows = zip(current.layout["variables"], current._trainable_variables, strict=True)
        grouped.exclude_from_weight_decay([variable for row, variable in rows if not row["decay"]])
    else:
        grouped = Grouped(current, groups, multipliers)
    grouped.build(_in_model_order(model, groups))
    if current.built:
        carry_state(current, grouped)
    return grouped


def _in_model_order(model, groups):
    """Planned variables in the order in which Keras lists them to an optimizer that it reloads."""
    planned = {id(v) for group in plan_groups(groups) for v in group.variables}
    return [v for v in model.variables if id(v) in planned]


def _rescaled(outer, grouped):
    config = {name: value for name, value in outer.get_config().items() if name != "inner_optimizer"}
    scaled = keras.optimizers.LossScaleOptimizer(grouped, **config)
    scaled.build([v for group in grouped.groups for v in group])
    if outer.built:
        scaled.step_counter.assign(outer.step_counter)
        scaled.dynamic_scale.assign(outer.dynamic_scale)
    return scaled


def _refuse_stand_ins(model, grouped):
    of_model = {id(v) for v in model.variables}
    missing = sum(id(v) not in of_model for group in grouped.groups for v in group)
    if missing:
        raise ValueError(
            f"The model was reloaded with optimizer state for {missing} frozen variables, and the groups now are not those it "
            "was saved with. Fit with the same groups, or `compile` again to start with a fresh optimizer."
        )
