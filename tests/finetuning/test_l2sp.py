import keras
import numpy as np
import pytest

from keras_transfer.finetuning import L2SP
from tests.finetuning.penalty_case import compiled, data, moved, network
from tests.replicas import mirrored


def test_is_the_papers_formula_in_plain_fit():
    model, (x, y) = network(), data()
    start = model.get_layer("body").get_weights()
    plain = compiled(model).evaluate(x, y, verbose=0)
    L2SP(alpha=0.3, beta=0.07).attach(model)
    moved(model)
    expected = 0.0
    for value, old in zip(model.get_layer("body").get_weights(), start, strict=True):
        for one, other in zip(value.ravel(), old.ravel(), strict=True):
            expected += 0.3 / 2 * (one - other) ** 2
    for value in model.get_layer("head").get_weights():
        expected += 0.07 / 2 * sum(one**2 for one in value.ravel())
    np.testing.assert_allclose(sum(float(loss) for loss in model.losses), expected, rtol=1e-5)
    unpenalised = float(model.loss(y, model(x)))
    fitted = compiled(model).fit(x, y, batch_size=12, verbose=0).history["loss"][0]
    np.testing.assert_allclose(fitted, unpenalised + expected, rtol=1e-5)
    assert plain > 0


def test_pulls_back_and_can_be_taken_off():
    model, (x, y) = network(kernel_regularizer="l2"), data()
    own = float(model.losses[0])
    start = model.get_layer("body").kernel.numpy()
    distances = []
    for alpha in (0.0, 10.0):
        model = network(kernel_regularizer="l2")
        penalty = L2SP(alpha=alpha, beta=0.0)
        assert penalty.attach(model) is model
        compiled(model, 0.05).fit(x, y, epochs=30, verbose=0)
        distances.append(np.linalg.norm(model.get_layer("body").kernel - start))
    assert distances[1] < 0.2 * distances[0]
    penalty.detach()
    assert len(model.losses) == 1 and float(model.losses[0]) == pytest.approx(own, rel=0.5)


def test_on_replicas():
    x, y = data()
    losses = []
    for strategy in (None, mirrored(2)):
        model = None
        if strategy is None:
            model = compiled(network(), 0.1)
        else:
            with strategy.scope():
                model = compiled(network(), 0.1)
        L2SP(alpha=1.0, beta=1.0).attach(model)
        losses.append(model.fit(x, y, batch_size=12, epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_saved_model_is_plain(tmp_path):
    model = compiled(network())
    L2SP().attach(model)
    model.save(tmp_path / "model.keras")
    assert not keras.saving.load_model(tmp_path / "model.keras").losses


def test_is_attached_once():
    penalty = L2SP()
    penalty.attach(network())
    with pytest.raises(ValueError, match="attached already"):
        penalty.attach(network())


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="alpha=-1"):
        L2SP(alpha=-1)
    with pytest.raises(ValueError, match="new=\\['\\*'\\]"):
        L2SP(new="*").attach(network())
