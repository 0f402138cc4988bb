import keras
import numpy as np
import pytest

from keras_transfer.data import pack
from keras_transfer.encoders import text_transformer
from keras_transfer.layers import PackedAttention


def documents(count=200, longest=30, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.integers(1, 100, generator.integers(1, longest)) for _ in range(count)]


def unpacked(rows):
    found = []
    for tokens, numbers in zip(rows["token_ids"], rows["documents"], strict=True):
        found += [tokens[numbers == number].tolist() for number in range(1, numbers.max() + 1)]
    return sorted(found)


class TestPack:
    def test_every_document_is_there_once_and_whole(self):
        packed = pack(documents(), length=32)
        assert unpacked(packed) == sorted(document.tolist() for document in documents())

    def test_little_is_padding(self):
        rows = pack(documents(1000), length=32)["documents"]
        assert (rows > 0).mean() > 0.98

    def test_long_documents_are_cut(self):
        rows = pack([np.arange(1, 11), [], [50]], length=4)
        assert unpacked(rows) == sorted([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], [50]])
        assert rows["token_ids"].shape == (3, 4)

    def test_nothing_to_pack_is_named(self):
        with pytest.raises(ValueError, match="no token"):
            pack([[]], 4)
        with pytest.raises(ValueError, match="length=0"):
            pack([[1]], 0)


class TestPackedAttention:
    @pytest.mark.parametrize("causal", [False, True])
    def test_mask_and_positions_in_loops(self, causal):
        rows = pack(documents(20), length=40)["documents"]
        positions, mask = PackedAttention(causal)(rows)
        for row, numbers in enumerate(rows):
            for i, mine in enumerate(numbers):
                assert positions[row, i] == i - numbers.tolist().index(mine)
                expected = [mine == other and (j <= i or not causal) for j, other in enumerate(numbers)]
                np.testing.assert_array_equal(mask[row, i], expected)

    @pytest.mark.parametrize("causal", [False, True])
    def test_packed_vectors_are_those_of_each_document_alone(self, causal):
        encoder = text_transformer(100, 32, 2, 2, 8, causal=causal)
        rows = pack(documents(6), length=32)
        together = encoder(rows).numpy()
        for row, numbers in enumerate(rows["documents"]):
            for number in range(1, numbers.max() + 1):
                inside = numbers == number
                # With one place of padding: a softmax over a single token makes Keras warn.
                tokens, alone = np.append(rows["token_ids"][row][inside], 0), np.append(np.ones(inside.sum()), 0)
                vectors = encoder({"token_ids": tokens[None], "documents": alone[None]})[0, :-1]
                np.testing.assert_allclose(together[row][inside], vectors, atol=1e-5)

    def test_encoder_saves_and_loads(self, tmp_path):
        encoder = text_transformer(100, 32, 1, 2, 8)
        encoder.save(tmp_path / "encoder.keras")
        rows = pack(documents(6), length=32)
        np.testing.assert_allclose(keras.saving.load_model(tmp_path / "encoder.keras")(rows), encoder(rows), atol=1e-6)

    def test_heads_that_do_not_divide_are_named(self):
        with pytest.raises(ValueError, match="heads=3, width=8"):
            text_transformer(100, 32, 1, 3, 8)
