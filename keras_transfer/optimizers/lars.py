"""Layer-wise adaptive rate scaling, for large batches."""

import keras
import tensorflow as tf
from keras import ops

from keras_transfer.optimizers.trust_ratio import adapts, norm, trust_ratio


@keras.saving.register_keras_serializable("keras_transfer")
class LARS(keras.optimizers.Optimizer):
    """Momentum whose rate in each layer is proportional to the size of the layer's weights over that of their gradient.

    For a weight `w` with gradient `g`: `rate = trust * |w| / (|g| + decay * |w|)`, then
    `v = momentum * v + learning_rate * rate * (g + decay * w)` and `w = w - v`. Weights with fewer than two dimensions (biases,
    the gains and offsets of norms) are stepped by plain momentum, without decay: `rate = 1`. So are weights or gradients that
    are all zero.

    Weight decay is part of the gradient, as in the paper, not decoupled as in other Keras optimizers.

    Args:
        learning_rate: A float, a schedule, or a callable without arguments. Rates are larger than elsewhere; SimCLR's is
            `0.3 * batch / 256`.
        momentum: In `[0, 1)`.
        weight_decay: `>= 0`, or None for none.
        trust_coefficient: Share of a layer's size that one step may be worth, `> 0`.
        name: Of the optimizer.
        **kwargs: What every Keras optimizer takes: clipping, moving averages, accumulation.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> model.compile(keras_transfer.optimizers.LARS(0.3, weight_decay=1e-6))

    Reference: [You et al., 2017](https://arxiv.org/abs/1708.03888)
    """

    def __init__(
        self, learning_rate=0.3, momentum=0.9, weight_decay=1e-6, trust_coefficient=1e-3, name="lars", **kwargs
    ):
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, name=name, **kwargs)
        if not 0 <= momentum < 1:
            raise ValueError(f"`momentum` must be in [0, 1). Received: momentum={momentum}")
        if weight_decay is not None and weight_decay < 0:
            raise ValueError(f"`weight_decay` must be >= 0 or None. Received: weight_decay={weight_decay}")
        if trust_coefficient <= 0:
            raise ValueError(f"`trust_coefficient` must be > 0. Received: trust_coefficient={trust_coefficient}")
        self.momentum, self.trust_coefficient = momentum, trust_coefficient

    def build(self, variables):
        """Make the velocities."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient, variable, learning_rate):
        """Step one variable."""
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(tf.convert_to_tensor(gradient), variable.dtype)
        if adapts(variable):
            decay = (self.weight_decay or 0.0) if self._use_weight_decay(variable) else 0.0
            weights, pull = norm(variable), norm(gradient)
            rate = rate * ops.cast(
                trust_ratio(self.trust_coefficient * weights, pull + decay * weights, known=(weights > 0) & (pull > 0)),
                variable.dtype,
            )
            gradient = gradient + decay * variable
        velocity = self._velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity + rate * gradient)
        self.assign_sub(variable, velocity)

    def _apply_weight_decay(self, variables):
        """Nothing: decay is in the gradient."""

    def get_config(self):
        """Config from which the optimizer is made again."""
        return {**super().get_config(), "momentum": self.momentum, "trust_coefficient": self.trust_coefficient}
