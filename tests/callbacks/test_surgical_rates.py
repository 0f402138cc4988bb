import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.callbacks import SurgicalRates
from tests.callbacks.unfreeze_case import fit, make_data, make_model, snapshot
from tests.replicas import mirrored


def expected(model, x, y, size):
    """The paper's ratio, layer by layer and batch by batch."""
    layers = [layer for layer in model._flatten_layers() if layer._trainable_variables]
    found = []
    for start in range(0, len(x), size):
        with tf.GradientTape() as tape:
            logits = model(x[start : start + size], training=False)
            losses = keras.ops.sparse_categorical_crossentropy(y[start : start + size], logits, from_logits=True)
            loss = tf.reduce_mean(losses)
        own = [[v.value for v in layer._trainable_variables] for layer in layers]
        row = []
        for gradients, variables in zip(tape.gradient(loss, own), own, strict=True):
            change = np.sqrt(sum(np.sum(np.square(g)) for g in gradients))
            row.append(change / np.sqrt(sum(np.sum(np.square(v.numpy())) for v in variables)))
        found.append(row)
    ratios = dict(zip([layer.name for layer in layers], np.mean(found, axis=0), strict=True))
    return {name: ratio / max(ratios.values()) for name, ratio in ratios.items()}


def test_rates_are_gradient_over_weights_and_measuring_changes_nothing():
    model, (x, y) = make_model(), make_data()
    before = snapshot(model)
    rates = SurgicalRates(x, y, batch_size=8)
    rates.set_model(model)
    wanted = expected(model, x, y, 8)
    rates.on_epoch_begin(0)
    assert all(np.array_equal(before[path], value) for path, value in snapshot(model).items())
    names = [group[0].path.split("/")[-2] for group in model.optimizer.groups]
    np.testing.assert_allclose(model.optimizer.multipliers, [wanted[name] for name in names], rtol=1e-4)
    assert max(model.optimizer.multipliers) == 1 and min(model.optimizer.multipliers) < 0.9


def test_fits_with_new_rates_every_epoch():
    model, (x, y) = make_model(), make_data()
    history = fit(model, SurgicalRates(x, y, batches=2), epochs=3).history
    assert len(set(history["surgical/mean"])) == 3
    assert history["loss"][-1] < history["loss"][0]


def test_on_replicas():
    x, y = make_data()
    found = []
    for strategy in (None, mirrored(2)):
        model = make_model(strategy=strategy)
        rates = SurgicalRates(x, y)
        rates.set_model(model)
        found.append(rates.ratios())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


def test_wrong_numbers_are_named():
    with pytest.raises(ValueError, match="batch_size=0"):
        SurgicalRates(*make_data(), batch_size=0)
