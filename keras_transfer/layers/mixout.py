"""Weights that now and then are those of the source."""

import keras
from keras import ops

from keras_transfer.layers.adapted_layer import layers_beneath, matches, weight_name

_KINDS = (
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)


@keras.saving.register_keras_serializable("keras_transfer")
class Mixout(keras.layers.Layer):
    """While training, every entry of the kernels in a layer or model is its source's with probability `p`, drawn anew each step.

    Where dropout pulls weights towards zero, this pulls them towards what they were when this layer was made: large models
    fine-tuned on few labels stay close to the pretrained ones and train more evenly. The mixture is corrected so that its mean is
    the present kernel. Outside of training nothing is mixed, and the layer within is plain at all times: save that one.

    Args:
        layer: Built layer or model with dense layers or convolutions at any depth, as pretrained. Its weights are used.
        p: Probability, in `[0, 1)`.
        targets: Patterns of the layers whose kernels are mixed, as in a shell, against their path below `layer`; without a
            slash, against their own name.
        exclude: Patterns of those that are not, such as a new head.
        seed: Of the draws. None: random.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Raises:
        ValueError: if `p` is out of range, the layer is not built, or nothing matches.

    Example:
        >>> mixed = keras_transfer.layers.Mixout(classifier, p=0.7, exclude="head")
        >>> model = keras.Model(classifier.input, mixed(classifier.input))

    Reference: [Lee et al., 2020](https://arxiv.org/abs/1909.11299)
    """

    def __init__(self, layer, p=0.7, targets="*", exclude=(), seed=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if not 0 <= p < 1:
            raise ValueError(f"`p` must be at least 0 and below 1. Received: p={p}")
        self.layer, self.p, self.seed = layer, p, seed
        self.patterns = [targets] if isinstance(targets, str) else list(targets)
        self.exclude = [exclude] if isinstance(exclude, str) else list(exclude)
        self.supports_masking = True
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape=None):
        """Keep a copy of the kernels."""
        if not self.layer.built:
            self.layer.build(input_shape)
        kernels = [
            (path, layer.kernel)
            for path, layer in layers_beneath(self.layer)
            if isinstance(layer, _KINDS) and matches(path, self.patterns) and not matches(path, self.exclude)
        ]
        if not kernels:
            raise ValueError(f"`targets` mean no dense layer or convolution of {self.layer.name!r}: {self.patterns}")
        pairs = []
        for path, kernel in kernels:
            name = weight_name(path, "source")
            source = self.add_weight(shape=kernel.shape, initializer="zeros", trainable=False, name=name)
            source.assign(kernel)
            pairs.append((kernel, source))
        object.__setattr__(self, "_pairs", pairs)  # or Keras would take the kernels for this layer's own
        self.built = True

    def call(self, inputs, training=None):
        """What the layer gives, while training with mixed kernels."""
        if not training or self.p == 0:
            return self.layer(inputs)
        mixed = [(kernel, self.mix(kernel, source)) for kernel, source in self._pairs]
        fixed = {id(kernel) for kernel, _ in mixed}
        with keras.StatelessScope(state_mapping=mixed) as scope:
            outputs = self.layer(inputs)
        # What the layer wrote: statistics of batch norms, states of generators.
        for variable in self.layer.variables:
            value = scope.get_current_value(variable)
            if value is not None and id(variable) not in fixed:
                variable.assign(value)
        return outputs

    def mix(self, kernel, source):
        """`(m w + (1 - m) u - p u) / (1 - p)` with `m` one with probability `1 - p`, for each entry."""
        kept = keras.random.uniform(kernel.shape, seed=self.seed_generator) >= self.p
        kernel, source = ops.convert_to_tensor(kernel), ops.convert_to_tensor(source)
        return (ops.where(kept, kernel, source) - self.p * source) / (1 - self.p)

    def compute_mask(self, inputs, previous_mask):
        """As the layer."""
        return self.layer.compute_mask(inputs, previous_mask)

    def get_config(self):
        """Arguments of the constructor."""
        config = super().get_config()
        config.pop("autocast", None)
        return {
            **config,
            "layer": keras.saving.serialize_keras_object(self.layer),
            "p": self.p,
            "targets": list(self.patterns),
            "exclude": list(self.exclude),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        """The layer this config is of."""
        return cls(**{**config, "layer": keras.saving.deserialize_keras_object(config["layer"])})
