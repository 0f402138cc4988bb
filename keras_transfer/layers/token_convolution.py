"""What stands beside a token, added to it."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class TokenConvolution(keras.layers.Layer):
    """`x + convolution(norm(x))` along a row of tokens, within each document.

    Attention that knows places by learned vectors needs thousands of steps before it finds the token next to one; a convolution
    in front of it sees that token from the beginning.

    Args:
        size: Tokens under the kernel, odd: 3 sees one on either side.
        causal: Whether a token sees only itself and the `size - 1` tokens before it.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Call arguments:
        vectors: Floats of shape `(batch, length, width)`.
        documents: Integers of shape `(batch, length)`, which document each token belongs to, 0 for padding. Beyond a
            document's ends stand zeros.

    Output: floats of the vectors' shape.

    Raises:
        ValueError: if `size` is not an odd number.

    Example:
        >>> layer = keras_transfer.layers.TokenConvolution()
        >>> layer(np.zeros((2, 6, 8)), np.array([[1, 1, 2, 2, 2, 0]] * 2)).shape
        TensorShape([2, 6, 8])

    Reference: [Mohamed et al., 2019](https://arxiv.org/abs/1904.11660), who put convolutions in place of positions
    """

    def __init__(self, size=3, causal=False, **kwargs):
        super().__init__(**kwargs)
        if size < 1 or size % 2 == 0:
            raise ValueError(f"`size` must be an odd number of tokens. Received: size={size}")
        self.size, self.causal = size, causal
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, name="norm", dtype=self.dtype_policy)

    def build(self, vectors_shape, documents_shape=None):
        """Make the weights for vectors of this shape."""
        width = vectors_shape[-1]
        self.norm.build(vectors_shape)
        self.kernel = self.add_weight(
            shape=(self.size * width, width), initializer=keras.initializers.RandomNormal(stddev=0.02), name="kernel"
        )
        self.built = True

    def call(self, vectors, documents):
        """The vectors with what stands beside them."""
        length, before = ops.shape(vectors)[1], self._before()
        after = self.size - 1 - before
        padded = ops.pad(self.norm(vectors), ((0, 0), (before, after), (0, 0)))
        beside = ops.pad(documents, ((0, 0), (before, after)))
        parts = []
        for shift in range(self.size):
            same = ops.equal(beside[:, shift : shift + length], documents)[:, :, None]
            parts.append(padded[:, shift : shift + length] * ops.cast(same, padded.dtype))
        return vectors + self._product(parts)

    def call_with_cache(self, vectors, cache, index):
        """The same for some tokens of rows that hold one document each, given what stands before them; causal only.

        Args:
            vectors: Floats of shape `(batch, tokens, width)`, of the tokens at `index` and after it.
            cache: Floats of shape `(batch, length, width)`, zeros in the beginning.
            index: Place of the first token in the row.

        Returns:
            Floats of the vectors' shape, and the new cache.
        """
        tokens, before = ops.shape(vectors)[1], self._before()
        cache = ops.slice_update(cache, [0, index, 0], ops.cast(self.norm(vectors), cache.dtype))
        padded = ops.pad(cache, ((0, 0), (before, 0), (0, 0)))
        start, shape = [0, index, 0], [ops.shape(vectors)[0], tokens + before, vectors.shape[2]]
        seen = ops.slice(padded, start, shape)
        return vectors + self._product([seen[:, shift : shift + tokens] for shift in range(self.size)]), cache

    def _before(self):
        return self.size - 1 if self.causal else self.size // 2

    def _product(self, parts):
        return ops.matmul(ops.concatenate(parts, axis=-1), ops.cast(self.kernel, parts[0].dtype))

    def compute_output_spec(self, vectors, documents):
        """Shape and type of the vectors."""
        return keras.KerasTensor(vectors.shape, self.compute_dtype)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "size": self.size, "causal": self.causal}
