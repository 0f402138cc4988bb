"""Embeddings of past batches."""

import keras
import tensorflow as tf

from keras_transfer.distribution.assign import assign
from keras_transfer.distribution.gather import gather

# Rows are compared a tile at a time, of at most this many numbers.
TILE_NUMBERS = 1 << 22


@keras.saving.register_keras_serializable("keras_transfer")
class FeatureQueue(keras.layers.Layer):
    """The last `size` embeddings, first in, first out: negatives for MoCo, neighbours for NNCLR.

    Holds unit-length rows; random directions at first. Under a strategy every replica holds the same: what all of them put
    in, in the order of the whole batch. It is a weight that is not trained, so it is saved and restored with its model.

    Args:
        size: Rows kept, `>= 1`.
        width: Numbers of a row, `>= 1`.
        **kwargs: `name`, as in `keras.layers.Layer`.

    Call arguments: embeddings of shape `(batch, width)`. Output: for each, the nearest row by cosine, same shape, without
    gradient. `rows` are all of them; `put` adds.

    Example:
        >>> queue = keras_transfer.layers.FeatureQueue(4, 2)
        >>> queue.put([[3.0, 4.0]])
        >>> queue([[1.0, 1.3]]).numpy()
        array([[0.6, 0.8]], dtype=float32)

    References: [He et al., 2019](https://arxiv.org/abs/1911.05722); [Dwibedi et al., 2021](https://arxiv.org/abs/2104.14548)
    """

    def __init__(self, size, width, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if size < 1 or width < 1:
            raise ValueError(f"`size` and `width` must be >= 1. Received: size={size}, width={width}")
        self.size, self.width = size, width
        self.rows = self.add_weight(
            shape=(size, width),
            dtype="float32",
            initializer=_random_directions,
            trainable=False,
            # Under mixed precision, rows are still compared in float32.
            autocast=False,
            name="rows",
        )
        self.pointer = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="pointer")
        self.built = True

    def call(self, inputs):
        """The nearest row to each embedding."""
        inputs = tf.cast(tf.stop_gradient(inputs), tf.float32)
        rows = tf.convert_to_tensor(self.rows)
        tile = max(1, TILE_NUMBERS // self.size)
        count = tf.shape(inputs)[0]

        def one_tile(index, out):
            # Rows have equal length, so the largest product is the largest cosine.
            products = tf.matmul(inputs[index * tile : (index + 1) * tile], rows, transpose_b=True)
            return index + 1, out.write(index, tf.argmax(products, axis=1, output_type=tf.int32))

        tiles = (count + tile - 1) // tile
        out = tf.TensorArray(tf.int32, tiles, infer_shape=False, element_shape=[None])
        _, out = tf.while_loop(lambda index, _: index < tiles, one_tile, [0, out], parallel_iterations=1)
        return tf.ensure_shape(tf.gather(rows, out.concat()), [inputs.shape[0], self.width])

    def put(self, embeddings):
        """Add a batch, of any size; the oldest rows give way. Of more than `size` rows, the last ones stay.

        Args:
            embeddings: This replica's, of shape `(batch, width)`, of any length.
        """
        embeddings = tf.math.l2_normalize(tf.cast(tf.stop_gradient(embeddings), tf.float32), axis=1)
        whole, _ = gather(embeddings)
        count = tf.shape(whole)[0]
        places = (tf.convert_to_tensor(self.pointer) + tf.range(count)) % self.size
        kept = tf.maximum(count - self.size, 0)
        assign(self.rows, tf.tensor_scatter_nd_update(self.rows.value, places[kept:, None], whole[kept:]))
        assign(self.pointer, (tf.convert_to_tensor(self.pointer) + count) % self.size)

    def compute_output_shape(self, input_shape):
        """That of the embeddings."""
        return input_shape

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "size": self.size, "width": self.width}


def _random_directions(shape, dtype=None):
    return keras.ops.normalize(keras.random.normal(shape, dtype=dtype), axis=-1)
