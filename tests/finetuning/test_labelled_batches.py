import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.data import mix_up
from keras_transfer.finetuning.labelled_batches import labelled_batches, like_mixed

X = np.arange(12, dtype=np.float32).reshape(12, 1, 1, 1) / 12
Y = np.arange(12) % 3
HOW = dict(classes=3, seed=0, steps=2)


def test_mixed_labels_follow_the_images_and_weights_the_labels():
    weights = np.array([1.0, 2.0, 4.0], np.float32)
    plain = list(labelled_batches((X, Y), 6, weights=weights, **HOW))
    for _, labels, found in plain:
        np.testing.assert_array_equal(found, weights[labels])
    for images, labels, found in labelled_batches((X, Y), 6, mix=mix_up, weights=weights, **HOW):
        np.testing.assert_allclose(np.sum(labels, 1), 1, rtol=1e-5)
        np.testing.assert_allclose(found, np.matmul(labels, weights), rtol=1e-5)
        assert images.shape == (6, 1, 1, 1) and labels.shape == (6, 3)


def test_mixing_comes_after_augmentation_with_other_seeds():
    def seeds_alone(images, seeds):
        return images * 0 + tf.cast(seeds[:, :1, None, None] % 1000, tf.float32)

    seen = []

    def mix(images, labels, seeds, classes):
        seen.append(classes)
        return tf.concat([images, tf.cast(seeds[:, :1, None, None] % 1000, tf.float32)], 1), labels

    for images, _ in labelled_batches((X, Y), 6, augment=seeds_alone, mix=mix, **HOW):
        assert not np.any(images[:, 0] == images[:, 1])
    assert seen == [3]


def test_validation_labels_in_the_same_form():
    _, y = like_mixed((X, Y), 3)
    np.testing.assert_array_equal(y, np.eye(3)[Y])
    batches = like_mixed(tf.data.Dataset.from_tensor_slices((X, Y)).batch(5), 3)
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in batches]), np.eye(3)[Y])
    with pytest.raises(ValueError, match="Received: list"):
        like_mixed([X, Y], 3)
