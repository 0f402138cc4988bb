import keras
import numpy as np
import pytest

from keras_transfer.callbacks import Resume
from keras_transfer.finetuning import RECIPES, finetune
from keras_transfer.project import image_schema
from keras_transfer.transfer import classifier, features, load_model

NEW = ("chain_thaw", "surgical", "bitfit", "lora", "adapters")


def encoder():
    keras.utils.set_random_seed(0)
    inputs = hidden = keras.Input((6,))
    for stage in (1, 2):
        hidden = keras.layers.Dense(8, name=f"stage{stage}_dense")(hidden)
        hidden = keras.layers.BatchNormalization(name=f"stage{stage}_norm")(hidden)
        hidden = keras.layers.Activation("relu", name=f"stage{stage}_relu")(hidden)
    return keras.Model(inputs, hidden, name="encoder")


def data(rows=32, seed=0):
    x = np.random.default_rng(seed).normal(size=(rows, 6)).astype("float32")
    return x, (x[:, 0] * x[:, 1] > 0).astype("int32")


def train(recipe, epochs=24, **options):
    model = classifier(encoder(), 2)
    arguments = dict(batch_size=8, learning_rate=2e-2, verbose=0) | options
    return model, finetune(model, *data(), recipe, epochs=epochs, **arguments)


def moved(model):
    """Weights below the head that are not those of the encoder."""
    return {
        weight.path.rpartition("encoder/")[2]
        for weight, old in zip(model.layers[1].weights, encoder().get_weights(), strict=True)
        if not np.array_equal(weight, old)
    }


@pytest.mark.parametrize("recipe", NEW)
def test_learns_what_the_head_alone_cannot_and_is_saved(recipe, tmp_path):
    probed, _ = train("probe")
    model, history = train(recipe, options={"rank": 4} if recipe == "lora" else None)
    trained = history.model
    x, y = data()

    def accuracy(network):
        return np.mean(features(network, x).argmax(axis=1) == y)

    assert accuracy(trained) > accuracy(probed)
    assert (trained is model) == (recipe != "adapters")
    trained.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(features(loaded, x), features(trained, x), atol=1e-6)
    assert loaded.evaluate(x, y, verbose=0)[1] == pytest.approx(accuracy(trained))
    if recipe != "adapters":
        # Thawed again; what chain_thaw leaves frozen are batch norms.
        assert len(model.trainable_variables) == (6 if recipe == "chain_thaw" else 10)
        model.fit(x, y, epochs=1, verbose=0)


def test_what_moves_and_what_share_that_is():
    model, history = train("bitfit", epochs=3)
    assert moved(model) == {"stage1_dense/bias", "stage1_norm/beta", "stage2_dense/bias", "stage2_norm/beta"}
    parameters = model.count_params()
    assert history.trained_share == pytest.approx((4 * 8 + 18) / parameters)
    model, history = train("lora", epochs=3, options={"rank": 2})
    assert moved(model) == {"stage1_dense/kernel", "stage2_dense/kernel"}
    added = 2 * (6 + 8) + 2 * (8 + 8)
    assert history.trained_share == pytest.approx((added + 18) / (parameters + added))
    model, history = train("adapters", epochs=3, options={"width": 2})
    assert not moved(model)
    assert history.trained_share < 0.6
    assert train("full", epochs=1)[1].trained_share == pytest.approx(1 - 32 / parameters)


def test_share_is_printed(capsys):
    train("bitfit", epochs=1, verbose=2)
    assert "bitfit: 23.8% of 210 parameters train." in capsys.readouterr().out


@pytest.mark.parametrize("recipe", NEW)
def test_resumes(recipe, tmp_path):
    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise ChildProcessError

    def run(folder, *callbacks):
        keras.utils.set_random_seed(1)  # as a script begins
        resume = Resume(tmp_path / folder, name="fit")
        return train(recipe, epochs=8, callbacks=[resume, *callbacks])[1]

    quiet = run("quiet")
    with pytest.raises(ChildProcessError):
        run("killed", Kill())
    resumed = run("killed")
    for one, other in zip(quiet.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert quiet.history["loss"] == resumed.history["loss"]


def test_templates_offer_every_recipe():
    assert set(image_schema()["finetune"]["recipe"].choices) == set(RECIPES)


def test_options_that_do_not_fit_are_named():
    for recipe in ("full", "bitfit"):
        with pytest.raises(ValueError, match="takes no `options`.*rank"):
            train(recipe, options={"rank": 2})


def test_lora_without_dense_layers_says_what_would_do():
    from keras_transfer.encoders import small_cnn

    model = classifier(small_cnn((8, 8, 1), width=4), 2)
    with pytest.raises(ValueError, match="no dense layer.*`Adapters`"):
        finetune(model, np.random.default_rng(0).random((8, 8, 8, 1)), np.arange(8) % 2, "lora", epochs=1, verbose=0)
