import keras
import numpy as np
import pytest

from keras_transfer.adaptation import adapt_batch_norm
from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import classifier
from tests.replicas import mirrored

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(3, 2, (50, 4)).astype("float32")


def normed(dropout=0.0):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.BatchNormalization(), keras.layers.Dropout(dropout)]
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2)])


def test_statistics_are_those_of_all_samples():
    model = adapt_batch_norm(normed(), X, batch_size=7)
    np.testing.assert_allclose(model.layers[0].moving_mean, X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(model.layers[0].moving_variance, X.var(0), rtol=1e-5)


def test_every_norm_at_any_depth_gives_mean_zero_and_variance_one():
    model = classifier(small_cnn((8, 8, 1), width=4), classes=3)
    x = GENERATOR.random((40, 8, 8, 1), np.float32)
    encoder = model.layers[1]
    norms = [layer for layer in encoder.layers if isinstance(layer, keras.layers.BatchNormalization)]
    adapt_batch_norm(model, x)
    outputs = keras.Model(encoder.inputs, [norm.output for norm in norms]).predict(x, verbose=0)
    for values in outputs:
        np.testing.assert_allclose(values.mean((0, 1, 2)), 0, atol=1e-3)
        np.testing.assert_allclose(values.var((0, 1, 2)), 1, atol=0.05)


def test_all_else_stays():
    model = normed(dropout=0.5)
    model.compile("sgd", "mse")
    before = {variable.path: variable.numpy() for variable in model.variables}
    adapt_batch_norm(model, X)
    for variable in model.variables:
        if "moving" not in variable.path:
            np.testing.assert_array_equal(variable.numpy(), before[variable.path])
    # The layers' own calls are back, in training as well.
    again = model.layers[0].moving_mean.numpy()
    model(X[:8], training=True)
    assert np.abs(model.layers[0].moving_mean.numpy() - again).max() > 0
    assert "call" not in vars(model.layers[0])


def test_padding_does_not_count():
    inputs = keras.Input((5, 3))
    model = keras.Model(inputs, keras.layers.BatchNormalization()(keras.layers.Masking()(inputs)))
    x = GENERATOR.normal(2, 1, (6, 5, 3)).astype("float32")
    x[:, 3:] = 0
    adapt_batch_norm(model, x)
    np.testing.assert_allclose(model.layers[-1].moving_mean, x[:, :3].mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(model.layers[-1].moving_variance, x[:, :3].var((0, 1)), rtol=1e-5)


def test_reaches_every_replica():
    with mirrored(2).scope():
        model = normed()
    adapt_batch_norm(model, X)
    model.compile("sgd", "mse")
    expected = adapt_batch_norm(normed(), X)(X)
    np.testing.assert_allclose(model.predict(X, batch_size=10, verbose=0), expected, atol=1e-5)


def test_helps_where_the_target_is_moved_and_fainter():
    y = GENERATOR.integers(0, 2, 300)
    x = (GENERATOR.normal(0, 0.5, (300, 4)) + 2.0 * y[:, None]).astype("float32")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(momentum=0.9), keras.layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, epochs=5, verbose=0)
    target = 0.3 * x + 5.0
    before = np.mean(model.predict(target, verbose=0).argmax(1) == y)
    adapt_batch_norm(model, target)
    assert np.mean(model.predict(target, verbose=0).argmax(1) == y) > max(before + 0.3, 0.95)


def test_nan_is_named_and_changes_nothing():
    model, x = normed(), X.copy()
    x[3, 1] = np.nan
    with pytest.raises(ValueError, match="not finite: check `x_target`"):
        adapt_batch_norm(model, x)
    np.testing.assert_array_equal(model.layers[0].moving_mean, np.zeros(4))
    assert "call" not in vars(model.layers[0])


def test_nothing_to_adapt_is_named():
    with pytest.raises(ValueError, match=r"no keras.layers.BatchNormalization"):
        adapt_batch_norm(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), X)
    with pytest.raises(ValueError, match="1 samples in `x_target`"):
        adapt_batch_norm(normed(), X[:1])
