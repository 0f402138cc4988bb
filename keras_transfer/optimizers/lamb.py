"""Adam with layer-wise adaptive rates, for large batches."""

import keras
import tensorflow as tf
from keras import ops

from keras_transfer.optimizers.trust_ratio import adapts, norm, trust_ratio


@keras.saving.register_keras_serializable("keras_transfer")
class LAMB(keras.optimizers.Optimizer):
    """Adam's direction, scaled in each layer so that a step is `learning_rate` times the size of the layer's weights.

    With Adam's bias-corrected `r = m / (sqrt(v) + epsilon)`: `u = r + decay * w` and
    `w = w - learning_rate * |w| / |u| * u`. Weights with fewer than two dimensions (biases, the gains and offsets of norms)
    are stepped by plain Adam without decay. `keras.optimizers.Lamb` differs: it adapts those too, and takes the decay out of
    the norm and of the adaptive rate.

    Args:
        learning_rate: A float, a schedule, or a callable without arguments.
        beta_1: Decay of the first moment, in `[0, 1)`.
        beta_2: Decay of the second moment, in `[0, 1)`.
        epsilon: Added to the root of the second moment, `> 0`.
        weight_decay: `>= 0`, or None for none.
        name: Of the optimizer.
        **kwargs: What every Keras optimizer takes: clipping, moving averages, accumulation.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> model.compile(keras_transfer.optimizers.LAMB(2e-3, weight_decay=0.01))

    Reference: [You et al., 2020](https://arxiv.org/abs/1904.00962)
    """

    def __init__(
        self, learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-6, weight_decay=0.01, name="lamb", **kwargs
    ):
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, name=name, **kwargs)
        for argument, value in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= value < 1:
                raise ValueError(f"`{argument}` must be in [0, 1). Received: {argument}={value}")
        if epsilon <= 0:
            raise ValueError(f"`epsilon` must be > 0. Received: epsilon={epsilon}")
        if weight_decay is not None and weight_decay < 0:
            raise ValueError(f"`weight_decay` must be >= 0 or None. Received: weight_decay={weight_decay}")
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables):
        """Make the moments."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def update_step(self, gradient, variable, learning_rate):
        """Step one variable."""
        dtype = variable.dtype
        rate = ops.cast(learning_rate, dtype)
        gradient = ops.cast(tf.convert_to_tensor(gradient), dtype)
        step = ops.cast(self.iterations + 1, dtype)
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index], self._velocities[index]
        self.assign_add(momentum, (gradient - momentum) * (1 - self.beta_1))
        self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - self.beta_2))
        first = momentum / (1 - ops.power(ops.cast(self.beta_1, dtype), step))
        second = velocity / (1 - ops.power(ops.cast(self.beta_2, dtype), step))
        update = first / (ops.sqrt(second) + self.epsilon)
        if adapts(variable):
            if self.weight_decay and self._use_weight_decay(variable):
                update = update + self.weight_decay * variable
            weights, length = norm(variable), norm(update)
            ratio = trust_ratio(weights, length, known=(weights > 0) & (length > 0))
            rate = rate * ops.cast(ratio, dtype)
        self.assign_sub(variable, rate * update)

    def _apply_weight_decay(self, variables):
        """Nothing: decay is in the update."""

    def get_config(self):
        """Config from which the optimizer is made again."""
        own = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **own}
