"""A learning rate from one short run with a growing one."""

import contextlib

import keras
import numpy as np

from keras_transfer.callbacks import model_state, training_state
from keras_transfer.finetuning.learning_rate_curve import LearningRateCurve, steepest

_MOMENTUM = 0.85  # of the moving average


def find_learning_rate(
    model, x, y=None, *, lowest=1e-6, highest=1.0, steps=100, batch_size=32, stop_at=4.0, plot=None, seed=0
):
    """Train for a few steps at a learning rate that grows from step to step, see where the loss falls fastest, and undo it all.

    The model, its optimizer, its random generators and metrics are afterwards what they were, to the bit, also if an error ends
    the search. A learning-rate schedule is put aside for the time of the search.

    Args:
        model: Built and compiled `keras.Model`, of any kind that `fit` takes, such as an objective.
        x: Inputs of shape `(samples, ...)`, or a `tf.data.Dataset` of batches, which is repeated as needed.
        y: Targets of shape `(samples, ...)`, or None.
        lowest: First learning rate, `> 0`.
        highest: Last one.
        steps: How many, `>= 10`; fewer are taken if the loss rises to `stop_at` times its lowest value, or is not finite.
        batch_size: Samples a step, with arrays.
        stop_at: When to stop, `> 1`.
        plot: Image file for the curve, such as `"learning_rate.png"`, or None.
        seed: Of the order of the samples.

    Returns:
        A `LearningRateCurve`, with `suggestion`, `rates`, `losses`, `smoothed`; it can be plotted.

    Raises:
        ValueError: if the model is not compiled and built, or an argument is out of range.

    Example:
        >>> curve = keras_transfer.finetuning.find_learning_rate(model, x, y, plot="learning_rate.png")
        >>> curve.suggestion
        0.0021

    Reference: [Smith, 2017](https://arxiv.org/abs/1506.01186)
    """
    _check(model, lowest, highest, steps, stop_at)
    rates, losses, smoothed = [], [], []
    with _undone(model) as set_rate:
        batches = _batches(x, y, batch_size, seed)
        for step, rate in enumerate(np.geomspace(lowest, highest, steps)):
            set_rate(rate)
            model.reset_metrics()  # or the loss would be the mean of all steps
            loss = float(model.train_on_batch(*next(batches), return_dict=True)["loss"])
            if not np.isfinite(loss):
                break
            rates.append(float(rate))
            losses.append(loss)
            smoothed.append(_MOMENTUM * smoothed[-1] + (1 - _MOMENTUM) * loss if smoothed else loss)
            if step >= steps // 10 and smoothed[-1] > stop_at * min(smoothed):
                break
    if len(rates) < 3:
        raise ValueError(
            f"The loss is not finite after {len(rates)} steps at a learning rate of about {lowest}. Look at the data and the "
            f"loss, or begin lower. Received: lowest={lowest}"
        )
    curve = LearningRateCurve(tuple(rates), tuple(losses), tuple(smoothed), steepest(rates, smoothed))
    if plot is not None:
        curve.plot(plot)
    return curve


def _check(model, lowest, highest, steps, stop_at):
    if getattr(model, "optimizer", None) is None or not model.built:
        raise ValueError(f"`model` must be built and compiled first. Received: model={model.name!r}")
    if not 0 < lowest < highest:
        raise ValueError(f"`lowest` must be > 0 and below `highest`. Received: lowest={lowest}, highest={highest}")
    if steps < 10 or stop_at <= 1:
        raise ValueError(f"`steps` must be >= 10, `stop_at` > 1. Received: steps={steps}, stop_at={stop_at}")


@contextlib.contextmanager
def _undone(model):
    """Undo what is done to the model within; yields a function that sets the learning rate."""
    variables = model_state.state_variables(model)
    values = model_state.read(variables)
    generator, random = model_state.read_global_generator(), training_state.random_state()
    optimizer, function = model.optimizer, model.train_function
    try:
        with model.distribute_strategy.scope():
            if not optimizer.built:
                # Built here, it would hold on to what trains now.
                model.optimizer = _twin(optimizer)
            rate = keras.Variable(0.0, trainable=False, dtype="float32", name="search_rate")
        model.train_function = None
        with _rate_of(model.optimizer, rate):
            yield rate.assign
    finally:
        model.optimizer, model.train_function = optimizer, function
        model_state.write(variables, values)
        model_state.write_global_generator(generator)
        training_state.set_random_state(random)


def _twin(optimizer):
    groups = getattr(optimizer, "groups", None)
    twin = type(optimizer).from_config(optimizer.get_config())
    if groups:
        twin.bind(groups, optimizer.multipliers)
    return twin


@contextlib.contextmanager
def _rate_of(optimizer, rate):
    """Put a variable in place of the learning rate or schedule."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    before = inner._learning_rate
    inner._learning_rate = lambda: rate
    try:
        yield
    finally:
        inner._learning_rate = before


def _batches(x, y, batch_size, seed):
    """Batches without end, as `train_on_batch` takes them."""
    if hasattr(x, "element_spec"):
        while True:
            for batch in x:
                yield batch if isinstance(batch, tuple) else (batch,)
    x = np.asarray(x)
    random, size = np.random.default_rng(seed), min(batch_size, len(x))
    while True:
        order = random.permutation(len(x))
        for start in range(0, len(x) - size + 1, size):
            chosen = order[start : start + size]
            yield (x[chosen],) if y is None else (x[chosen], np.asarray(y)[chosen])
