import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.layers import FeatureQueue
from tests.replicas import mirrored


def rows(count, seed=0, width=3):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def unit(z):
    return z / np.linalg.norm(z, axis=1, keepdims=True)


class TestFeatureQueue:
    @pytest.mark.parametrize("sizes", [(3, 3, 3), (5, 1, 4), (2, 7, 3), (12, 1), (5, 5)])
    def test_keeps_the_last_rows_first_in_first_out(self, sizes):
        queue = FeatureQueue(5, 3)
        slots, place = list(queue.rows.numpy()), 0
        for seed, size in enumerate(sizes):
            batch = rows(size, seed)
            queue.put(batch)
            for row in unit(batch):
                slots[place] = row
                place = (place + 1) % 5
            np.testing.assert_allclose(queue.rows, np.array(slots), atol=1e-6)
            assert int(queue.pointer) == place

    def test_begins_with_random_directions(self):
        keras.utils.set_random_seed(0)
        first, second = FeatureQueue(50, 3).rows.numpy(), FeatureQueue(50, 3).rows.numpy()
        np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
        assert np.abs(first.mean(0)).max() < 0.4
        assert np.abs(first - second).max() > 0.1

    @pytest.mark.parametrize("tile_numbers", [1, 100, 1 << 22])
    def test_finds_the_nearest_by_cosine(self, monkeypatch, tile_numbers):
        monkeypatch.setattr("keras_transfer.layers.feature_queue.TILE_NUMBERS", tile_numbers)
        queue = FeatureQueue(20, 3)
        queue.put(rows(20))
        asked = rows(7, 1) * 5
        kept = queue.rows.numpy()
        expected = [max(kept, key=lambda row: row @ one / np.linalg.norm(one)) for one in asked]
        np.testing.assert_array_equal(queue(asked), expected)

    def test_passes_no_gradient(self):
        asked = tf.Variable(rows(2))
        with tf.GradientTape() as tape:
            found = tf.reduce_sum(FeatureQueue(4, 3)(asked))
        assert tape.gradient(found, asked) is None

    @pytest.mark.parametrize("replicas", [2, 4])
    def test_replicas_hold_what_one_device_would(self, replicas):
        alone = FeatureQueue(10, 3)
        with mirrored(replicas).scope():
            together = FeatureQueue(10, 3)
        together.rows.assign(alone.rows)
        step = tf.function(lambda batch: together.put(batch))
        for seed in range(3):
            batch = rows(8, seed)
            alone.put(batch)
            parts = iter(np.split(batch, replicas))
            mirrored(replicas).run(step, [distributed(replicas, parts)])
        for copy in together.rows.value.values:
            np.testing.assert_allclose(copy, alone.rows, atol=1e-6)
        assert together.pointer.numpy() == alone.pointer.numpy()

    def test_survives_saving(self, tmp_path):
        queue = FeatureQueue(4, 3)
        queue.put(rows(3))
        model = keras.Sequential([keras.Input((3,)), queue])
        assert model.trainable_variables == []
        model.save(tmp_path / "model.keras")
        (loaded,) = keras.saving.load_model(tmp_path / "model.keras").layers
        np.testing.assert_array_equal(loaded.rows, queue.rows)
        assert int(loaded.pointer) == 3

    def test_wrong_sizes_are_named(self):
        with pytest.raises(ValueError, match="size=0"):
            FeatureQueue(0, 3)


def distributed(replicas, parts):
    return mirrored(replicas).experimental_distribute_values_from_function(lambda _: tf.constant(next(parts)))
