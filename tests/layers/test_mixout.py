import keras
import numpy as np
import pytest

from keras_transfer.layers import Mixout
from keras_transfer.transfer import load_model
from tests.layers.adapted_case import around, batch_for, model_of, train


def shifted(model, by=0.5):
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign_add(keras.ops.full_like(layer.kernel, by))


def test_mixture_is_the_papers_formula():
    plain = model_of("dense")
    mixed = Mixout(plain, p=0.7, targets="one", seed=1)
    around(mixed)
    source = plain.get_layer("one").kernel.numpy()
    shifted(plain)
    kernel = plain.get_layer("one").kernel.numpy()
    draws = np.stack([mixed.mix(kernel, source) for _ in range(2000)])
    kept, replaced = (kernel - 0.7 * source) / 0.3, (source - 0.7 * source) / 0.3
    is_kept = np.isclose(draws, kept, atol=1e-5)
    assert (is_kept | np.isclose(draws, replaced, atol=1e-5)).all()
    assert abs(is_kept.mean() - 0.3) < 0.01
    np.testing.assert_allclose(draws.mean(axis=0), kernel, atol=0.12)


def test_the_forward_pass_uses_it_while_training_alone():
    plain = model_of("dense")
    mixed = Mixout(plain, p=0.5, exclude="head", seed=1)
    model = around(mixed)
    x, _ = batch_for(plain)
    plain_training = plain(x, training=False)
    # At the source there is nothing to mix, whatever is drawn.
    plain.get_layer("norm").trainable = False
    np.testing.assert_allclose(model(x, training=True), plain_training, atol=1e-5)
    shifted(plain)
    np.testing.assert_allclose(model(x, training=False), plain(x, training=False), atol=1e-6)
    one, other = (model(x, training=True).numpy() for _ in range(2))
    assert not np.allclose(one, other, atol=1e-3)
    # By hand, with the same draws.
    state = mixed.seed_generator.state.numpy()
    found = model(x, training=True).numpy()
    mixed.seed_generator.state.assign(state)
    sources = [variable for variable in mixed.variables if variable.name.endswith("source")]
    stock = [plain.get_layer(name).kernel.numpy() for name in ("one", "two")]
    kernels = [mixed.mix(kernel, source) for kernel, source in zip(stock, sources, strict=True)]
    for name, kernel in zip(("one", "two"), kernels, strict=True):
        plain.get_layer(name).kernel.assign(kernel)
    np.testing.assert_allclose(plain(x, training=False), found, atol=1e-4)


def test_trains_updates_statistics_and_is_saved(tmp_path):
    plain = model_of("dense")
    model = around(Mixout(plain, p=0.5, exclude="head", seed=1))
    statistics = plain.get_layer("norm").moving_mean.numpy()
    kernel = plain.get_layer("one").kernel.numpy()
    assert len(model.trainable_variables) == len(plain.trainable_variables)
    history = train(model, epochs=5).history["loss"]
    assert history[-1] < history[0]
    assert not np.array_equal(statistics, plain.get_layer("norm").moving_mean)
    assert not np.array_equal(kernel, plain.get_layer("one").kernel)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    x, _ = batch_for(plain)
    np.testing.assert_allclose(loaded(x, training=False), model(x, training=False), atol=1e-6)
    sources = [v.numpy() for v in model.variables if v.name.endswith("source")]
    assert len(sources) == 2 and np.array_equal(sources[0], kernel)
    for one, other in zip(sources, [v for v in loaded.variables if v.name.endswith("source")], strict=True):
        np.testing.assert_array_equal(one, other)
    train(loaded, epochs=1)


def test_on_replicas_it_stays_one_model():
    from tests.replicas import mirrored

    with mirrored(2).scope():
        plain = model_of("dense")
        model = around(Mixout(plain, p=0.5, exclude="head", seed=1))
    assert np.isfinite(train(model).history["loss"]).all()
    for variable in plain.trainable_variables:
        copies = [copy.numpy() for copy in variable.value.values]
        np.testing.assert_array_equal(copies[0], copies[1])


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="p=1.0"):
        Mixout(model_of("dense"), p=1.0)
    with pytest.raises(ValueError, match="no dense layer or convolution"):
        around(Mixout(model_of("dense"), targets="nothing"))
