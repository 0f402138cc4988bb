"""No weight decay for biases and norms."""

import keras


def exclude_rank_one(optimizer, model):
    """Exclude all variables with fewer than two dimensions from weight decay: biases, the gains and offsets of norms.

    By rank, not by name: names differ from layer to layer. Call it before `fit`. What had been excluded stays so. Keras does
    not save exclusions with a model; `Grouped` does. `LARS` and `LAMB` need no such call.

    Args:
        optimizer: Any Keras optimizer, `LossScaleOptimizer`s, `MultiOptimizer`s and `Grouped` included.
        model: Built model whose variables they are.

    Returns:
        The optimizer.

    Raises:
        ValueError: if the model is not built.

    Example:
        >>> adamw = keras.optimizers.AdamW(1e-3, weight_decay=0.05)
        >>> model.compile(keras_transfer.optimizers.exclude_rank_one(adamw, model), "mse")
    """
    if not model.weights:
        raise ValueError(f"`model` must be built, that is, have variables. Received: model={model.name!r}")
    inner = optimizer.inner_optimizer if isinstance(optimizer, keras.optimizers.LossScaleOptimizer) else optimizer
    variables = [variable for variable in model.weights if len(variable.shape) < 2]
    for single in getattr(inner, "optimizers", [inner]):
        keys = set(getattr(single, "_exclude_from_weight_decay", ()))
        pattern = getattr(single, "_exclude_from_weight_decay_pattern", None)
        earlier = [variable for variable in model.weights if single._var_key(variable) in keys]
        single.exclude_from_weight_decay(
            var_list=earlier + variables, var_names=[pattern.pattern] if pattern is not None else None
        )
    return optimizer
