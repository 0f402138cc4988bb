import keras
import numpy as np
import pytest

from keras_transfer.layers import DELTA
from keras_transfer.transfer import load_model
from tests.layers.adapted_case import around, batch_for, model_of, train

AT = ["small_cnn/stage1_relu1", "stage2_relu2"]
PATHS = ["small_cnn/stage1_relu1", "small_cnn/stage2_relu2"]


def maps(model, x):
    encoder = model.layers[1]
    taps = [encoder.get_layer(path.split("/")[1]).output for path in PATHS]
    return [value.numpy() for value in keras.Model(encoder.input, taps)(x, training=False)]


def made(alpha=0.1):
    plain = model_of("convolutions")
    for layer in plain.layers[1].layers:  # statistics of their own, so that training mode is the same as inference
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    delta = DELTA(plain, AT, alpha=alpha)
    return plain, delta, around(delta)


def test_loss_is_the_papers_formula():
    plain, delta, model = made(alpha=0.3)
    x, _ = batch_for(plain, rows=3)
    before = maps(plain, x)
    model(x, training=True)
    assert float(model.losses[0]) == 0
    random = np.random.default_rng(1)
    for channels in delta.channels.values():
        channels.assign(random.random(channels.shape))
    for variable in plain.trainable_variables:
        variable.assign_add(0.1 * random.normal(size=variable.shape).astype("float32"))
    model(x, training=True)
    expected = 0.0
    for found, wanted, path in zip(maps(plain, x), before, PATHS, strict=True):
        weights = delta.channels[path].numpy()
        for sample in range(3):
            for channel in range(found.shape[-1]):
                change = found[sample, ..., channel] - wanted[sample, ..., channel]
                expected += 0.3 / 2 * weights[channel] * np.sum(change**2) / 3
    np.testing.assert_allclose(model.losses[0], expected, rtol=1e-4)
    model(x, training=False)
    assert not model.losses
    np.testing.assert_allclose(model(x, training=False), plain(x, training=False), atol=1e-6)


def test_channels_weigh_what_the_loss_grows_by_without_them():
    plain, delta, _model = made()
    x, y = batch_for(plain)
    encoder = plain.layers[1]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights = delta.weigh(x, y)
    last = PATHS[1]
    # By hand for the last compared layer: what follows it are pooling and the head.
    after = keras.Model(encoder.get_layer("stage2_relu2").output, encoder.output)
    values, growth = maps(plain, x)[1], []
    whole = float(loss(y, plain(x, training=False)))
    for channel in range(values.shape[-1]):
        without = values.copy()
        without[..., channel] = 0
        growth.append(float(loss(y, plain.get_layer("head")(after(without)))) - whole)
    expected = np.exp(growth) / np.sum(np.exp(growth))
    np.testing.assert_allclose(weights[last], expected, rtol=1e-4)
    np.testing.assert_allclose(delta.channels[last], expected, rtol=1e-4)
    np.testing.assert_allclose(weights[PATHS[0]].sum(), 1, rtol=1e-5)


def test_keeps_features_close_and_is_saved(tmp_path):
    distances = []
    for alpha in (0.0, 10.0):
        plain, _delta, model = made(alpha)
        x, _ = batch_for(plain)
        before = maps(plain, x)
        assert len(model.trainable_variables) == len(plain.trainable_variables)
        history = train(model, epochs=4).history["loss"]
        assert np.isfinite(history).all()
        distances.append(sum(np.sum((a - b) ** 2) for a, b in zip(before, maps(plain, x), strict=True)))
    assert distances[1] < 0.5 * distances[0]
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    for network in (model, loaded):
        network(x, training=True)
    np.testing.assert_allclose(loaded.losses[0], model.losses[0], rtol=1e-4)
    assert float(model.losses[0]) > 0


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="alpha=-1"):
        DELTA(model_of("dense"), "one", alpha=-1)
    with pytest.raises(ValueError, match="matches no layer.*nothing.*one"):
        DELTA(model_of("dense"), "nothing")
