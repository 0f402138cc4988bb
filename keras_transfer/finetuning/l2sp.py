"""Weight decay towards the source's weights."""

from keras import ops

from keras_transfer.finetuning.source_penalty import SourcePenalty, check_strength, constant_like


class L2SP(SourcePenalty):
    """Pull the pretrained weights towards their starting point, the new ones towards zero.

    The loss gets `alpha / 2 |w - w0|^2 + beta / 2 |v|^2`: `w` are the trainable weights that were pretrained, `w0` what they are
    when `attach` is called, `v` those of the new layers. Compile without weight decay.

    Args:
        alpha: Strength of the pull towards the starting point, `>= 0`.
        beta: Strength of the pull of new layers towards zero, `>= 0`.
        new: Names or shell patterns of the new layers.

    Raises:
        ValueError: if a strength is negative, or nothing but new layers trains.

    Example:
        >>> model = keras_transfer.transfer.classifier(pretrained.encoder, classes=10)
        >>> keras_transfer.finetuning.L2SP(alpha=0.1, beta=0.01).attach(model)
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> model.fit(x, y)

    Reference: [Li et al., 2018](https://arxiv.org/abs/1802.01483)
    """

    def __init__(self, alpha=0.1, beta=0.01, new="head"):
        super().__init__(new)
        check_strength("alpha", alpha)
        check_strength("beta", beta)
        self.alpha, self.beta = alpha, beta

    def attach(self, model):
        """Take the model's weights of now for the starting point. Call it before `fit`.

        Args:
            model: Built `keras.Model` that holds the source's weights.

        Returns:
            The model.
        """
        shared, new = self.split(model)
        self.put(
            model, [*(self._towards(weight, model) for weight in shared), *(self._small(weight) for weight in new)]
        )
        return model

    def _towards(self, weight, model):
        start = constant_like(weight.read(), model)
        return weight.variable, lambda value: self.alpha / 2 * ops.sum(ops.square(value - start))

    def _small(self, weight):
        return weight.variable, lambda value: self.beta / 2 * ops.sum(ops.square(value))
