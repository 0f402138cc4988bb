import keras
import numpy as np
import pytest

from keras_transfer.layers import TokenConvolution

DOCUMENTS = np.array([[1, 1, 1, 2, 2, 0, 0], [1, 2, 2, 2, 2, 2, 2]])


def vectors():
    return np.random.default_rng(0).normal(size=(2, 7, 4)).astype(np.float32)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_is_the_convolution_in_loops(size, causal):
    layer = TokenConvolution(size, causal)
    found = layer(vectors(), DOCUMENTS).numpy()
    kernel = layer.kernel.numpy().reshape(size, 4, 4)
    centred = vectors() - vectors().mean(-1, keepdims=True)
    normed = centred / np.sqrt(vectors().var(-1, keepdims=True) + 1e-5)
    expected = vectors()
    for row, token, step in np.ndindex(2, 7, size):
        other = token + step - (size - 1 if causal else size // 2)
        if 0 <= other < 7 and DOCUMENTS[row, other] == DOCUMENTS[row, token]:
            expected[row, token] += normed[row, other] @ kernel[step]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_with_a_cache_it_reads_each_token_once(size):
    layer = TokenConvolution(size, causal=True)
    whole = layer(vectors(), np.ones((2, 7), int)).numpy()
    cache = np.zeros((2, 7, 4), np.float32)
    found, cache = layer.call_with_cache(vectors()[:, :3], cache, 0)
    parts = [found]
    for index in range(3, 7):
        found, cache = layer.call_with_cache(vectors()[:, index : index + 1], cache, index)
        parts.append(found)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=1e-5, atol=1e-6)


def test_saves_and_keeps_the_dtype(tmp_path):
    rows, documents = keras.Input((None, 4), dtype="float32"), keras.Input((None,), dtype="int32")
    layer = TokenConvolution(dtype="mixed_bfloat16")
    model = keras.Model([rows, documents], layer(rows, documents))
    assert model.output.dtype == "bfloat16"
    model.save(tmp_path / "convolution.keras")
    loaded = keras.saving.load_model(tmp_path / "convolution.keras")
    one, other = (keras.ops.convert_to_numpy(each([vectors(), DOCUMENTS])) for each in (model, loaded))
    np.testing.assert_array_equal(one.astype("float32"), other.astype("float32"))


def test_even_sizes_are_refused():
    with pytest.raises(ValueError, match="size=2"):
        TokenConvolution(2)
