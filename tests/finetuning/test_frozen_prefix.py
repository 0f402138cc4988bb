import keras
import numpy as np
import pytest

from keras_transfer.encoders import ViT, small_cnn
from keras_transfer.finetuning.frozen_prefix import frozen_prefix, run
from keras_transfer.transfer import classifier

X = np.random.default_rng(0).random((3, 8, 8, 1), np.float32)


def frozen(encoder, **options):
    model = classifier(encoder, 2, **options)
    model.layers[1].trainable = False
    return model


def names(layers):
    return [layer.name for layer in layers]


def test_prefix_ends_where_training_begins():
    model = frozen(small_cnn((8, 8, 1), width=4), dropout=0.5)
    prefix, tail = frozen_prefix(model, X)
    assert (names(prefix), names(tail)) == (["small_cnn"], ["dropout", "head"])
    np.testing.assert_allclose(run(tail, run(prefix, X)), model(X), rtol=1e-5)
    # Pooling of maps costs nothing to leave in front, and makes features small.
    maps = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3)], name="maps")
    assert names(frozen_prefix(frozen(maps), X)[0]) == ["maps", "pool", "flatten"]


@keras.saving.register_keras_serializable("tests")
class Noisy(keras.layers.Layer):
    def call(self, inputs, training=False):
        return inputs + (1.0 if training else 0.0)


@keras.saving.register_keras_serializable("tests")
class Counting(keras.layers.Layer):
    def build(self, shape):
        self.count = self.add_weight(shape=(), trainable=False, initializer="zeros", name="count")

    def call(self, inputs, training=False):
        if training:
            self.count.assign_add(1.0)
        return inputs


def with_layer(layer):
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(4), layer], name="body")


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (ViT((8, 8, 1), patch_size=4, size=(8, 1, 2), dropout=0.1), "draws random numbers while training .Dropout"),
        (with_layer(keras.layers.GaussianNoise(0.1)), "GaussianNoise"),
        (with_layer(Noisy()), "give other outputs while training"),
        (with_layer(Counting()), "count changes while training"),
    ],
)
def test_layers_that_are_never_still_are_named(encoder, message):
    model = frozen(encoder)
    before = [weight.numpy() for weight in model.weights]
    with pytest.raises(ValueError, match=message):
        frozen_prefix(model, X)
    for weight, values in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, values)


def test_batch_norm_in_training_mode_and_encoders_that_train_are_named():
    model = frozen(small_cnn((8, 8, 1), width=4))
    model.layers[1].get_layer("stage1_norm1").trainable = True
    for layer in model.layers[1].layers:
        layer._trainable = layer.name == "stage1_norm1"
    model.layers[1]._trainable = True
    with pytest.raises(ValueError, match="batch norm .*stage1_norm1.* is in training mode"):
        frozen_prefix(model, X)
    plain = classifier(with_layer(keras.layers.ReLU()), 2)
    with pytest.raises(ValueError, match="`body` trains from the first epoch"):
        frozen_prefix(plain, X)


def test_a_model_that_branches_is_refused():
    inputs = keras.Input((8, 8, 1))
    hidden = keras.layers.Dense(4, name="a", trainable=False)(keras.layers.Flatten()(inputs))
    outputs = keras.layers.Dense(4, name="head")(keras.layers.Add()([hidden, keras.layers.ReLU()(hidden)]))
    with pytest.raises(ValueError, match="no chain"):
        frozen_prefix(keras.Model(inputs, outputs), X)


def test_without_dropout_a_vit_is_still():
    assert names(frozen_prefix(frozen(ViT((8, 8, 1), patch_size=4, size=(8, 1, 2))), X)[0]) == ["vit"]
