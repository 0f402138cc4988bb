"""What objectives on several crops of each sample share."""

import keras
import tensorflow as tf

from keras_transfer.distribution.assign import assign
from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.layers.prototypes import Prototypes
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.views import check_vectors, check_views


@keras.saving.register_keras_serializable("keras_transfer")
class MultiCropObjective(Objective):
    """An objective on the similarities between crops of each sample and a number of prototypes: large crops and small ones.

    Trains on batches of `(crops,)`: one input that is a tuple of crops, the `global_crops` large ones first, each
    `(batch, ...)`, as `keras_transfer.data.multi_crop` yields them. Works around any encoder that gives one vector a sample:
    crops of another size than the encoder takes are resized to it. One that takes every size, with
    `keras.Input((None, None, channels))`, gets them as they are, which saves most of what small crops cost. Crops of one size
    go through the encoder in one pass, and all crops through the projection head in one.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        projection: Widths of the projection head's layers.
        prototypes: How many directions the projections are compared with.
        batch_norm: Whether batch norms follow the projection head's hidden layers.
        global_crops: How many of the crops, the first ones, are large, `>= 1`.
        frozen_steps: Optimizer steps at the start in which the prototypes stay as they are, `>= 0`.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if the encoder does not give one vector a sample, or a number is out of range.
    """

    def __init__(
        self,
        encoder,
        projection=(512, 128),
        prototypes=300,
        batch_norm=True,
        global_crops=2,
        frozen_steps=0,
        **kwargs,
    ):
        super().__init__(encoder, **kwargs)
        width = check_vectors(type(self).__name__, encoder)
        for name, value, least in (("global_crops", global_crops, 1), ("frozen_steps", frozen_steps, 0)):
            if value < least:
                raise ValueError(f"`{name}` must be >= {least}. Received: {name}={value}")
        self.projection, self.prototypes = tuple(projection), prototypes
        self.batch_norm, self.global_crops, self.frozen_steps = batch_norm, global_crops, frozen_steps
        self.projector = self.make_projector()
        self.projector.build((None, width))
        self.prototype_layer = Prototypes(prototypes, name="prototypes")
        self.prototype_layer.build((None, self.projection[-1]))
        self.steps = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="steps")

    def make_projector(self):
        """The head between encoder and prototypes."""
        return ProjectionHead(self.projection, batch_norm=self.batch_norm, name="projector")

    def crops(self, inputs):
        """The crops as a list, in the size that the encoder takes."""
        crops = check_views(type(self).__name__, inputs, at_least=max(2, self.global_crops), made_by="multi_crop")
        return [self._fitted(crop) for crop in crops]

    def project(self, crops, training=None):
        """Projections of a list of crops, `(crops * batch, projection[-1])`, one crop after the other."""
        vectors = by_size(crops, lambda samples: self.encoder(samples, training=training))
        return self.projector(tf.concat(vectors, axis=0), training=training)

    def train_step(self, data):
        """One update from one batch."""
        if not self.frozen_steps:
            return super().train_step(data)
        kernel, step = self.prototype_layer.kernel, tf.identity(self.steps)
        held = tf.identity(kernel)
        results = super().train_step(data)
        # Put back, not left without a gradient: decay and momentum would move it all the same, and Adam's averages would begin
        # in mid-training, with steps that are several times too long.
        assign(kernel, tf.where(step < self.frozen_steps, held, kernel))
        return results

    def after_update(self, outputs, advanced):
        """Count the optimizer's steps."""
        assign(self.steps, tf.convert_to_tensor(self.steps) + tf.cast(advanced, tf.int64))

    def _fitted(self, crop):
        wanted = getattr(self.encoder, "input_shape", None)
        wanted = wanted[1:] if isinstance(wanted, tuple) else crop.shape[1:]
        if len(wanted) == 3 and crop.shape.rank == 4 and wanted[-1] in (None, crop.shape[-1]):
            size = [side or own for side, own in zip(wanted[:2], crop.shape[1:3], strict=True)]
            if size == list(crop.shape[1:3]):
                return crop
            return resized(crop, size)
        if crop.shape.rank != len(wanted) + 1 or any(
            a not in (None, b) for a, b in zip(wanted, crop.shape[1:], strict=True)
        ):
            raise ValueError(
                f"{type(self).__name__}'s encoder {self.encoder.name} takes samples of shape {tuple(wanted)}. Received: a crop "
                f"of shape {tuple(crop.shape)}; only the height and width of images are adapted."
            )
        return crop

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "projection": list(self.projection),
            "prototypes": self.prototypes,
            "batch_norm": self.batch_norm,
            "global_crops": self.global_crops,
            "frozen_steps": self.frozen_steps,
        }


def resized(images, size):
    """Images `(batch, height, width, channels)` in another height and width, as `tf.image.resize` makes them, antialiased.

    Along each side that is a product with a matrix, which XLA can compile, as it cannot `tf.image.resize`.
    """
    height, width = (_resizing(own, new) for own, new in zip(images.shape[1:3], size, strict=True))
    return tf.einsum("ah,bhwc,dw->badc", tf.cast(height, images.dtype), images, tf.cast(width, images.dtype))


def _resizing(own, new):
    """The matrix `(new, own)` that resizes a column: what becomes of each unit vector."""
    with tf.init_scope():  # a constant, also while a graph is made
        return tf.image.resize(tf.eye(own)[..., None], (new, own), antialias=True)[..., 0].numpy()


def by_size(crops, function):
    """What a function of samples makes of each crop, in order; crops of one size are given to it together."""
    results = [None] * len(crops)
    sizes = [tuple(crop.shape[1:]) for crop in crops]
    for size in dict.fromkeys(sizes):
        places = [index for index, own in enumerate(sizes) if own == size]
        outputs = function(tf.concat([crops[index] for index in places], axis=0))
        for index, part in zip(places, tf.split(outputs, len(places), axis=0), strict=True):
            results[index] = part
    return results


def crossed(targets, logits):
    """Cross-entropy between the target of each large crop and the prediction from each *other* crop, averaged over pairs.

    Args:
        targets: For each large crop, probabilities of shape `(batch, prototypes)`.
        logits: For each crop, large ones first, float32 of shape `(batch, prototypes)`.

    Returns:
        float32 of shape `(batch,)`.
    """
    logs = [tf.nn.log_softmax(one) for one in logits]
    total = tf.add_n(logs)
    # A target's sum over the other crops' logs, at the price of one product instead of one a pair.
    losses = [-tf.reduce_sum(target * (total - own), axis=1) for target, own in zip(targets, logs, strict=False)]
    return tf.add_n(losses) / (len(targets) * (len(logs) - 1))
