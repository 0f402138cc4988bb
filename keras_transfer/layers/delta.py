"""Features that stay close to the source's, channel by channel."""

import keras
import numpy as np
from keras import ops

from keras_transfer.layers.adapted_layer import layers_beneath, matches, weight_name
from keras_transfer.layers.redirection import Redirection, redirect


@keras.saving.register_keras_serializable("keras_transfer")
class DELTA(keras.layers.Layer):
    """Train a layer or model, and keep what chosen layers in it give close to what they gave before, by how much it matters.

    The loss gets, for each sample, `alpha / 2 * sum_j W_j |F_j - F*_j|^2` over the channels `j` of the chosen layers: `F_j` is
    the map that a channel gives, over all its places, `F*_j` that of the source, a frozen copy made when this layer is built.
    `W` are equal, `1 / channels`, until `weigh` finds which channels matter. The loss is added while training alone; saved may
    be either the layer within, which is plain, or a model around this one.

    Args:
        layer: Built layer or model, as pretrained. Its weights are used, and trained.
        at: Patterns of the layers whose outputs are compared, as in a shell, against their path below `layer`; without a slash,
            against their own name. Their channels are last.
        alpha: Strength, `>= 0`.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Raises:
        ValueError: if `alpha < 0`, or nothing matches.

    Example:
        >>> delta = keras_transfer.layers.DELTA(classifier, at=["stage1_relu2", "stage2_relu2"], alpha=0.01)
        >>> delta.weigh(x, y)
        >>> model = keras.Model(classifier.input, delta(classifier.input))
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    Reference: [Li et al., 2019](https://arxiv.org/abs/1901.09229)
    """

    def __init__(self, layer, at, alpha=0.01, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if alpha < 0:
            raise ValueError(f"`alpha` must be >= 0. Received: alpha={alpha}")
        self.layer, self.alpha = layer, alpha
        self.at = [at] if isinstance(at, str) else list(at)
        self.supports_masking = True
        self.source = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        self.source.trainable = False
        if not self._compared(layer):
            names = [path for path, _ in layers_beneath(layer)]
            raise ValueError(f"`at` matches no layer of {layer.name!r}: {self.at}. It has: {names}")

    def _compared(self, layer):
        return {path: found for path, found in layers_beneath(layer) if path and matches(path, self.at)}

    def build(self, input_shape=None):
        """Copy the weights to the source, and make those of the channels."""
        for layer in (self.layer, self.source):
            if not layer.built:
                layer.build(input_shape)
        self.source.set_weights(self.layer.get_weights())
        for compared in (self._compared(self.layer), self._compared(self.source)):
            for found in compared.values():
                redirect(found)
        self.channels = {}
        for path, width in self._widths(input_shape).items():
            self.channels[path] = self.add_weight(
                shape=(width,),
                initializer=keras.initializers.Constant(1 / width),
                trainable=False,
                name=weight_name(path, "channels"),
            )
        self.built = True

    def _widths(self, input_shape):
        """Channels of the compared layers."""
        inputs = getattr(self.layer, "inputs", None)
        shape = [1, *(size or 1 for size in input_shape[1:])]
        found = self._watched(self.source, ops.zeros(shape, inputs[0].dtype if inputs else "float32"), training=False)[
            1
        ]
        return {path: maps.shape[-1] for path, maps in found.items()}

    def call(self, inputs, training=None):
        """What the layer gives; the loss is added when training."""
        if not training:
            return self.layer(inputs)
        outputs, found = self._watched(self.layer, inputs, training=True)
        _, wanted = self._watched(self.source, inputs, training=False)
        self.add_loss(self.alpha / 2 * self.distance(found, wanted))
        return outputs

    def distance(self, found, wanted):
        """Mean over samples of the weighted squared distances, a float32 scalar.

        Args:
            found: Dict from path to outputs of shape `(batch, ..., channels)`.
            wanted: The source's.
        """
        total = 0.0
        for path, maps in found.items():
            change = ops.cast(maps, "float32") - ops.cast(wanted[path], "float32")
            by_channel = ops.sum(ops.square(change), axis=tuple(range(1, len(change.shape) - 1)))
            total += ops.sum(ops.mean(by_channel, axis=0) * self.channels[path])
        return total

    def _watched(self, layer, inputs, training, change=None):
        """Outputs, and those of the compared layers by path; `change(path, outputs)` may replace them."""
        outputs_of = {}

        def watch(path):
            def instead(stock, *args, **kwargs):
                outputs = stock(*args, **kwargs)
                outputs_of[path] = outputs if change is None else change(path, outputs)
                return outputs_of[path]

            return instead

        with Redirection({id(found): watch(path) for path, found in self._compared(layer).items()}):
            return layer(inputs, training=training), outputs_of

    def weigh(self, x, y, loss=None):
        """Weigh channels by how much the source's loss grows without them: a softmax over each layer's channels.

        Call it before training, once the head of the layer within suits the new task, as after `finetuning.probe`.

        Args:
            x: Inputs of shape `(samples, ...)`, as many as one call of the layer can take.
            y: Targets, `(samples,)`.
            loss: Keras loss. None: sparse categorical cross-entropy from logits.

        Returns:
            Dict from path to float32 weights of shape `(channels,)`, which sum to 1.
        """
        if not self.built:
            self.build(np.shape(x))
        loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        inputs = ops.convert_to_tensor(x)

        def loss_without(path, channel):
            def change(at, outputs):
                if at != path:
                    return outputs
                return outputs * ops.cast(np.arange(outputs.shape[-1]) != channel, outputs.dtype)

            return float(loss(y, self._watched(self.source, inputs, training=False, change=change)[0]))

        weights = {}
        for path, channels in self.channels.items():
            # What all have in common, the loss with every channel, falls out of the softmax.
            losses = np.array([loss_without(path, channel) for channel in range(channels.shape[0])])
            growth = np.exp(losses - losses.max())
            channels.assign(growth / growth.sum())
            weights[path] = ops.convert_to_numpy(channels)
        return weights

    def compute_mask(self, inputs, previous_mask):
        """As the layer."""
        return self.layer.compute_mask(inputs, previous_mask)

    def get_config(self):
        """Arguments of the constructor."""
        config = super().get_config()
        config.pop("autocast", None)
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**config, "layer": layer, "at": list(self.at), "alpha": self.alpha}

    @classmethod
    def from_config(cls, config):
        """The layer this config is of."""
        return cls(**{**config, "layer": keras.saving.deserialize_keras_object(config["layer"])})
