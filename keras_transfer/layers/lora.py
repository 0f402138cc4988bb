"""Low-rank changes to frozen kernels."""

import math

import keras
from keras import ops

from keras_transfer.layers.adapted_layer import AdaptedLayer, matches, weight_name


@keras.saving.register_keras_serializable("keras_transfer")
class LoRA(AdaptedLayer):
    """Freeze a layer or model, and let every dense kernel `W` in it be `W + s A B` of which only `A` and `B` train.

    Computed is `x W + s (x A) B`: the sum of the kernels is never formed, forwards or backwards, and `W` gets no gradient, which
    makes a step cheaper than with Keras's own `enable_lora`, that adds `A B` to the kernel. At first `B` is zero, and nothing is
    changed. `merge` adds the product to the kernels: the plain layer then does the same without any of this.

    Kernels of `EinsumDense`, as in attention, get `A` from all axes that are summed over and `B` to all that are new: the rank is
    that of the whole projection, not that of one head.

    Args:
        layer: Layer or model, of any kind, with `Dense` or `EinsumDense` layers at any depth. Its weights are used, not copied.
        rank: Columns of `A` and rows of `B`, `>= 1`.
        alpha: `s` is `alpha / rank`. None: `s = 1`.
        targets: Patterns of the layers to change, as in a shell, against their path below `layer`; without a slash, against
            their own name.
        trained: Patterns of layers that train as they are, such as a new head.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Raises:
        ValueError: if `rank < 1`, no dense layer matches, or one is quantized or under Keras's own LoRA.

    Example:
        >>> lora = keras_transfer.layers.LoRA(classifier, rank=4, trained="head")
        >>> model = keras.Model(classifier.input, lora(classifier.input))
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> model.fit(x, y)
        >>> lora.merge()  # `classifier` is fine-tuned now, and as plain as before

    Reference: [Hu et al., 2021](https://arxiv.org/abs/2106.09685)
    """

    nothing = "no dense layer that `targets` mean; `Adapters` follow convolutions, too"

    def __init__(self, layer, rank=8, alpha=None, targets="*", trained=(), **kwargs):
        super().__init__(layer, trained, **kwargs)
        if int(rank) != rank or rank < 1:
            raise ValueError(f"`rank` must be a whole number >= 1. Received: rank={rank}")
        self.rank, self.alpha = int(rank), alpha
        self.target_patterns = [targets] if isinstance(targets, str) else list(targets)
        object.__setattr__(self, "_products", [])  # or Keras would take the layers in it for children of this one

    @property
    def scale(self):
        """What the product of `A` and `B` is multiplied with."""
        return 1.0 if self.alpha is None else self.alpha / self.rank

    def targets(self):
        """Dense layers that the patterns mean."""
        return [
            (path, layer)
            for path, layer in self.beneath()
            if isinstance(layer, keras.layers.Dense | keras.layers.EinsumDense)
            and matches(path, self.target_patterns)
            and not self.stays_trained(layer)
        ]

    def adapt(self, path, layer):
        """Make `A` and `B` for a layer."""
        if layer.quantization_mode is not None or layer.lora_enabled:
            raise ValueError(f"`{path}` is quantized, or under Keras's own LoRA already; leave it out with `targets`.")
        equation = layer.equation if isinstance(layer, keras.layers.EinsumDense) else "...i,io->...o"
        down, up, product, summed = _equations(equation, path)
        sizes = dict(zip(product.partition("->")[2], layer.kernel.shape, strict=True))
        rows = tuple(sizes[letter] for letter in sizes if letter in summed)
        columns = tuple(sizes[letter] for letter in sizes if letter not in summed)
        limit = math.sqrt(6 / math.prod(rows))
        a = self.add_weight(
            shape=(*rows, self.rank),
            initializer=keras.initializers.RandomUniform(-limit, limit),
            name=weight_name(path, "lora_a"),
        )
        b = self.add_weight(shape=(self.rank, *columns), initializer="zeros", name=weight_name(path, "lora_b"))
        self._products.append((layer, a, b, product))
        plain = isinstance(layer, keras.layers.Dense)

        def instead(stock, inputs, training=None):
            if plain:
                changed = ops.matmul(ops.matmul(inputs, a) * self.scale, b)
                outputs = ops.matmul(inputs, layer.kernel) + changed
            else:
                changed = ops.einsum(up, ops.einsum(down, inputs, a) * self.scale, b)
                outputs = ops.einsum(equation, inputs, layer.kernel) + changed
            if layer.bias is not None:
                outputs = outputs + layer.bias
            return outputs if layer.activation is None else layer.activation(outputs)

        return instead

    def merge(self):
        """Add what was learnt to the kernels, set `B` to zero, and let the layer train as before.

        Called in either way the layer computes what this one has; up to rounding, once.

        Returns:
            The layer within.
        """
        for layer, a, b, product in self._products:
            change = ops.einsum(product, ops.cast(a, "float32"), ops.cast(b, "float32")) * self.scale
            layer.kernel.assign(ops.cast(layer.kernel, "float32") + change)
            b.assign(ops.zeros_like(b))
        return self.release()

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "rank": self.rank,
            "alpha": self.alpha,
            "targets": list(self.target_patterns),
        }


def _equations(equation, path):
    """Einsum equations of `x A`, of that times `B`, and of `A B`; and the letters of the kernel that are summed over."""
    left, _, out = equation.replace(" ", "").partition("->")
    inputs, kernel = left.split(",")
    summed = [letter for letter in kernel if letter in inputs and letter not in out]
    new = [letter for letter in kernel if letter in out and letter not in inputs]
    if len(summed) + len(new) != len(kernel):
        raise ValueError(f"The kernel of `{path}` is not one matrix, by {equation!r}; leave it out with `targets`.")
    rank = next(letter for letter in "zyxwvutsrqponmlkjihgfedcba" if letter not in equation)
    middle = "".join(letter for letter in inputs if letter not in summed) + rank
    down = f"{inputs},{''.join(summed)}{rank}->{middle}"
    up = f"{middle},{rank}{''.join(new)}->{out}"
    return down, up, f"{''.join(summed)}{rank},{rank}{''.join(new)}->{kernel}", summed
