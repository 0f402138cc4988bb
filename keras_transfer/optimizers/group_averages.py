"""Moving averages of the variables of `Grouped`, each on its group's own clock."""

from keras import ops


def update(optimizer, group):
    """One step of the averages of a group; its first step starts them at the variables."""
    started = ops.not_equal(group.clock, 0)
    for variable in group.variables:
        average = _of(optimizer, variable)
        if average is None:
            continue
        momentum = ops.cast(started, variable.dtype) * optimizer.ema_momentum
        average.assign(momentum * average + (1 - momentum) * variable)
        if optimizer.ema_overwrite_frequency:
            overwrite = ops.equal((group.clock + 1) % optimizer.ema_overwrite_frequency, 0)
            variable.assign(ops.where(overwrite, average, variable))


def start(optimizer, groups):
    """Set the averages of the groups that have never stepped to their variables."""
    _assign(optimizer, [group for group in groups if group.updates == 0], lambda average, variable: (average, variable))


def finish(optimizer, groups):
    """Set the variables of the groups that have stepped to their averages."""
    _assign(optimizer, [group for group in groups if group.updates > 0], lambda average, variable: (variable, average))


def _of(optimizer, variable):
    return optimizer._model_variables_moving_average[optimizer._get_variable_index(variable)]


def _assign(optimizer, groups, direction):
    if not optimizer.use_ema:
        return
    for variable in (variable for group in groups for variable in group.variables):
        average = _of(optimizer, variable)
        if average is not None:
            target, value = direction(average.value, variable.value)
            optimizer._distribution_strategy.extended.update(target, lambda t, v: t.assign(v), args=(value,))
