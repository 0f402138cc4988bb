"""FixMatch: what is sure of a weakly changed sample is taught for a strongly changed one."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.assisted_classifier import several, two_views
from keras_transfer.adaptation.self_training import SelfTraining


@keras.saving.register_keras_serializable("keras_transfer")
class FixMatch(SelfTraining):
    """Label a weak view of each unlabelled sample where the classifier is sure, and train on a strong view with that label.

    With `p` the classifier's probabilities, `w` the weak and `s` the strong view and `c = argmax p(w)`, without gradient, the
    loss is

        mean CE(y, p(x_l)) + strength mean 1[max p(w) >= threshold] CE(c, p(s)),

    the second mean over all unlabelled samples of the batch.

    Args:
        classifier: Built model from samples to logits `(batch, classes)`. It stays yours and is what trains.
        strength: Weight of the unlabelled samples' loss, `>= 0`.
        total_steps: Optimizer steps over which the strength rises from 0, as in `DANN`. None, as in the paper: it is constant,
            since few samples are sure at the start.
        threshold: Probability from which on a class counts, within 0..1.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_labelled, (weak, strong)), y_labelled)`, as `keras_transfer.data.paired_batches` yields them with
    an `unlabelled_map` that gives two views, and logs `confident`, the share of unlabelled samples that counted. The paper has
    7 unlabelled samples for each labelled one, and evaluates an average of the weights: `use_ema` of Keras's optimizers.

    Example:
        >>> weak, strong = (keras_transfer.data.ViewRecipe.preset(name) for name in ("weak", "grey"))
        >>> def views(x, seeds):
        ...     first, second = keras_transfer.data.split_seeds(seeds, 2)
        ...     return keras_transfer.data.view(x, first, weak), keras_transfer.data.view(x, second, strong)
        >>> batches = keras_transfer.data.paired_batches(
        ...     (x_labelled, y_labelled), x_unlabelled, 32, ratio=7, unlabelled_map=views
        ... )
        >>> model = keras_transfer.adaptation.FixMatch(classifier)
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(batches, epochs=20)

    Reference: [Sohn et al., 2020](https://arxiv.org/abs/2001.07685)
    """

    def pair_outputs(self, labelled, unlabelled, training=None):
        """Logits of labelled samples and of both views of the unlabelled ones, all one batch."""
        views = [several(view, labelled) for view in two_views("FixMatch", unlabelled)]
        logits = self.classifier(tf.concat([labelled, *views], 0), training=training)
        rows = tf.shape(labelled)[0]
        said, asked = tf.split(logits[rows:], 2)
        return {"logits": logits[:rows], "said": said, "asked": asked}
