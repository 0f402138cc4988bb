"""Small networks between frozen layers."""

import keras
from keras import ops

from keras_transfer.layers.adapted_layer import AdaptedLayer, matches, weight_name

_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
_ATTENTION = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
_NORMS = (keras.layers.LayerNormalization, keras.layers.RMSNormalization)


@keras.saving.register_keras_serializable("keras_transfer")
class Adapters(AdaptedLayer):
    """Freeze a layer or model, and let a bottleneck follow its layers: `h + f(h D) U`, of which only `D` and `U` train.

    `U` is zero at first, so that nothing is changed. In a transformer bottlenecks follow each attention and the dense layers
    without activation beside it, before the sum with what goes around them; elsewhere each dense layer and each convolution, at
    every place. Norms over features train as well, as in the paper; batch norms stay frozen.

    Args:
        layer: Layer or model, of any kind, with dense layers or convolutions at any depth. Its weights are used, not copied.
        width: Of the bottleneck, `>= 1`.
        activation: `f`.
        targets: Patterns of the layers that bottlenecks follow, as in a shell, against their path below `layer`; without a
            slash, against their own name. None: as said above.
        trained: Patterns of layers that train as they are, such as a new head.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Raises:
        ValueError: if `width < 1`, no layer can be followed, or a convolution has its channels first.

    Example:
        >>> adapted = keras_transfer.layers.Adapters(classifier, width=16, trained="head")
        >>> model = keras.Model(classifier.input, adapted(classifier.input))
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    Reference: [Houlsby et al., 2019](https://arxiv.org/abs/1902.00751); for convolutions
    [Rebuffi et al., 2017](https://arxiv.org/abs/1705.08045)
    """

    def __init__(self, layer, width=16, activation="gelu", targets=None, trained=(), **kwargs):
        super().__init__(layer, trained, **kwargs)
        if int(width) != width or width < 1:
            raise ValueError(f"`width` must be a whole number >= 1. Received: width={width}")
        self.width, self.activation = int(width), keras.activations.get(activation)
        self.target_patterns = [targets] if isinstance(targets, str) else targets and list(targets)

    def targets(self):
        """Layers that a bottleneck follows."""
        able = [
            (path, layer)
            for path, layer in self.beneath()
            if isinstance(layer, (keras.layers.Dense, keras.layers.EinsumDense, *_CONVOLUTIONS))
            and not self.stays_trained(layer)
        ]
        if self.target_patterns is not None:
            return [(path, layer) for path, layer in able if matches(path, self.target_patterns)]
        ends = self._ends_of_parts()
        return [(path, layer) for path, layer in able if not ends or id(layer) in ends]

    def _ends_of_parts(self):
        """Last layers of attention and feed-forward parts; none if nothing beneath attends."""
        ends = set()
        for _, layer in self.beneath():
            if isinstance(layer, _ATTENTION):
                ends.add(id(layer._output_dense))
            elif any(isinstance(child, _ATTENTION) for child in layer._layers):
                dense = [child for child in layer._layers if isinstance(child, keras.layers.Dense)]
                ends |= {id(child) for child in dense if child.activation in (None, keras.activations.linear)}
        return ends

    def stays_trained(self, layer):
        """Whether a layer beneath trains as it did."""
        return isinstance(layer, _NORMS) or super().stays_trained(layer)

    def adapt(self, path, layer):
        """Make the bottleneck behind a layer."""
        features = _features(path, layer)
        parts = {
            "down": self.add_weight(
                shape=(features, self.width), initializer="he_normal", name=weight_name(path, "down")
            ),
            "down_bias": self.add_weight(shape=(self.width,), initializer="zeros", name=weight_name(path, "down_bias")),
            "up": self.add_weight(shape=(self.width, features), initializer="zeros", name=weight_name(path, "up")),
            "up_bias": self.add_weight(shape=(features,), initializer="zeros", name=weight_name(path, "up_bias")),
        }

        def instead(stock, *args, **kwargs):
            outputs = stock(*args, **kwargs)
            narrow = self.activation(ops.matmul(outputs, parts["down"]) + parts["down_bias"])
            return outputs + ops.matmul(narrow, parts["up"]) + parts["up_bias"]

        return instead

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "width": self.width,
            "activation": keras.activations.serialize(self.activation),
            "targets": self.target_patterns and list(self.target_patterns),
        }


def _features(path, layer):
    if isinstance(layer, keras.layers.Dense):
        return layer.units
    if isinstance(layer, keras.layers.EinsumDense):
        left, _, out = layer.equation.replace(" ", "").partition("->")
        sizes = dict(zip(left.split(",")[1], layer.kernel.shape, strict=True))
        if out[-1] in sizes:
            return sizes[out[-1]]
        raise ValueError(f"`{path}` gives no features last, by {layer.equation!r}. Leave it out with `targets`.")
    if layer.data_format != "channels_last":
        raise ValueError(f"`{path}` has its channels first; bottlenecks need them last. Leave it out with `targets`.")
    return layer.filters
