import keras
import numpy as np
import pytest

from keras_transfer.encoders import ViT, small_cnn
from keras_transfer.transfer import classifier, features

X = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)


def test_an_inner_layer_is_what_the_layers_up_to_it_give():
    model = classifier(small_cnn((8, 8, 1), width=4), 3)
    encoder = model.layers[1]
    expected = keras.Model(encoder.input, encoder.get_layer("stage1_conv1").output)(X)
    found = features(model, X, layer="small_cnn/stage1_conv1")
    np.testing.assert_allclose(found, np.reshape(expected, (5, -1)), rtol=1e-6)
    pooled = features(model, X, batch_size=2, layer="stage1_conv1", pool=True)
    np.testing.assert_allclose(pooled, np.mean(expected, (1, 2)), rtol=1e-5)
    # And it stays a model like before.
    np.testing.assert_array_equal(features(model, X), model(X))


def test_masked_positions_do_not_count():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Embedding(9, 3, mask_zero=True)])
    tokens = np.array([[5, 6, 0, 0], [1, 2, 3, 4]])
    table = model.layers[0].get_weights()[0]
    expected = [table[[5, 6]].mean(0), table[[1, 2, 3, 4]].mean(0)]
    np.testing.assert_allclose(features(model, tokens, pool=True), expected, rtol=1e-6)


def test_layers_of_a_vit_and_of_keras_datasets():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return X[2 * index : 2 * index + 2], np.zeros(len(X[2 * index : 2 * index + 2]))

    model = ViT((8, 8, 1), patch_size=4, size=(8, 2, 2))
    assert features(model, X, layer="block1", pool=True).shape == (5, 8)
    np.testing.assert_allclose(features(model, Batches()), features(model, X), rtol=1e-5, atol=1e-6)


def test_several_inputs_by_name():
    first, second = keras.Input((2,), name="first"), keras.Input((2,), name="second")
    model = keras.Model({"first": first, "second": second}, keras.layers.Subtract()([first, second]))
    data = {"first": np.ones((3, 2), np.float32), "second": np.zeros((3, 2), np.float32)}
    np.testing.assert_array_equal(features(model, data, batch_size=2), np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"as many samples. Received: \[2, 3\]"):
        features(model, {**data, "second": np.zeros((2, 2))})


def test_ambiguous_names_and_several_outputs_are_refused():
    def inner(name):
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense")], name=name)

    model = keras.Sequential([keras.Input((2,)), inner("a"), inner("b")])
    with pytest.raises(ValueError, match="Several layers.*a/dense, b/dense"):
        features(model, np.ones((1, 2)), layer="dense")
    inputs = keras.Input((2,))
    with pytest.raises(ValueError, match="must give one array"):
        features(keras.Model(inputs, [inputs, inputs]), np.ones((1, 2)))
