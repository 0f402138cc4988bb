"""Small models of each kind, and what every adapted layer must do."""

import keras
import numpy as np

from keras_transfer.encoders import ViT, small_cnn
from keras_transfer.transfer import classifier, load_model

RANDOM = np.random.default_rng(0)


def model_of(kind, seed=0):
    keras.utils.set_random_seed(seed)
    if kind == "dense":
        inputs = keras.Input((6,))
        hidden = keras.layers.Dense(8, activation="relu", name="one")(inputs)
        hidden = keras.layers.BatchNormalization(name="norm")(hidden)
        hidden = keras.layers.Dense(8, activation="tanh", use_bias=False, name="two")(hidden)
        return keras.Model(inputs, keras.layers.Dense(3, name="head")(hidden))
    if kind == "transformer":
        return classifier(ViT((8, 8, 1), 4, (8, 2, 2), class_token=True), 3)
    return classifier(small_cnn((8, 8, 1), width=4), 3)


def batch_for(model, rows=8):
    shape = model.input_shape[1:]
    return RANDOM.normal(size=(rows, *shape)).astype("float32"), np.arange(rows) % 3


def around(layer):
    """A model that is nothing but the adapted layer."""
    inputs = keras.Input(layer.layer.input_shape[1:])
    model = keras.Model(inputs, layer(inputs))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


def train(model, epochs=3):
    x, y = batch_for(model)
    return model.fit(x, y, batch_size=8, epochs=epochs, verbose=0)


def base_values(layer):
    return {v.path: v.numpy() for v in layer.layer.weights if "head" not in v.path}


def check_contract(make, kind, tmp_path):
    """Starts as the plain model; trains the new weights and the head alone; is saved and loaded with them."""
    plain = model_of(kind)
    x, _ = batch_for(plain)
    before = plain(x, training=False).numpy()
    layer = make(plain)
    model = around(layer)
    np.testing.assert_allclose(model(x, training=False), before, atol=1e-5)
    frozen = base_values(layer)
    head = plain.get_layer("head").get_weights()
    history = train(model)
    assert history.history["loss"][-1] < history.history["loss"][0]
    after = base_values(layer)
    moved = [path for path in frozen if not np.array_equal(frozen[path], after[path])]
    assert not np.array_equal(head[0], plain.get_layer("head").kernel)
    if not moved:
        # By itself the layer is what it was, but for the head.
        trained = plain.get_layer("head").get_weights()
        plain.get_layer("head").set_weights(head)
        np.testing.assert_allclose(plain(x, training=False), before, atol=1e-6)
        plain.get_layer("head").set_weights(trained)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert [v.path for v in loaded.trainable_variables] == [v.path for v in model.trainable_variables]
    np.testing.assert_allclose(loaded(x, training=False), model(x, training=False), atol=1e-6)
    assert loaded.optimizer.iterations == 3
    train(loaded, epochs=1)
    return model, moved
