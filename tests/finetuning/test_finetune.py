import keras
import numpy as np
import pytest

from keras_transfer.encoders import small_cnn
from keras_transfer.finetuning import Budget, choose_budget, finetune, probe
from keras_transfer.transfer import classifier, features
from tests.replicas import mirrored


def task(samples=24, seed=0):
    """Bright squares at the left or at the right."""
    generator = np.random.default_rng(seed)
    x = generator.random((samples, 8, 8, 1), np.float32) / 4
    y = np.arange(samples) % 2
    x[y == 0, 2:6, :4] += 0.7
    x[y == 1, 2:6, 4:] += 0.7
    return x, y


def model(classes=2):
    keras.utils.set_random_seed(0)
    return classifier(small_cnn((8, 8, 1), width=4), classes)


def accuracy(network, x, y):
    return np.mean(features(network, x).argmax(axis=1) == y)


@pytest.mark.parametrize("recipe", ["probe", "full", "gradual", "lpft"])
def test_every_recipe_learns(recipe):
    network = model()
    finetune(network, *task(), recipe, epochs=12, batch_size=8, learning_rate=1e-2, verbose=0)
    assert accuracy(network, *task(seed=1)) > 0.9


def test_two_replicas_train_as_one_device_does():
    def losses():
        network = model()
        return finetune(network, *task(40), "full", epochs=4, batch_size=8, learning_rate=1e-3, verbose=0).history[
            "loss"
        ]

    expected = losses()
    with mirrored(2).scope():
        found = losses()
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert len(set(np.round(expected, 3))) == len(expected)


def test_probe_moves_the_head_alone():
    network = model()
    before = features(network.layers[1], task()[0])
    strength, found = probe(network, *task())
    np.testing.assert_array_equal(before, features(network.layers[1], task()[0]))
    assert 0.5 <= found <= 1 and strength > 0


@pytest.mark.parametrize("classes", [2, 3])
def test_head_does_what_the_regression_does(classes):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    network = model(classes)
    x, _ = task(30)
    y = np.arange(30) % classes
    strength, _ = probe(network, x, y)
    inputs = features(network.layers[1], x)
    scaler = StandardScaler().fit(inputs)
    regression = LogisticRegression(C=strength, max_iter=2000).fit(scaler.transform(inputs), y)
    expected = regression.predict_proba(scaler.transform(inputs))
    np.testing.assert_allclose(keras.ops.softmax(features(network, x)), expected, atol=1e-4)


def test_a_class_without_samples_is_never_predicted():
    network = model(3)
    x, y = task()
    probe(network, x, y * 2)
    assert set(features(network, x).argmax(axis=1)) == {0, 2}


def test_gradual_leaves_lower_groups_alone_at_first():
    network = model()
    stem = network.layers[1].get_layer("stage1_conv1")
    before = stem.get_weights()[0]
    phases = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            phases.append(np.abs(stem.get_weights()[0] - before).max() > 0)

    finetune(network, *task(40), "gradual", epochs=9, batch_size=8, callbacks=[Watch()], verbose=0)
    assert not phases[0] and phases[-1]


@pytest.mark.parametrize("recipe", ["probe", "gradual"])
def test_even_one_epoch_trains_all_groups_and_is_saved_whole(recipe, tmp_path):
    network = model()
    before = network.get_weights()[0]
    finetune(network, *task(), recipe, epochs=1, batch_size=4, verbose=0)
    assert (np.abs(network.get_weights()[0] - before).max() > 0) == (recipe == "gradual")
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(task()[0], verbose=0), network.predict(task()[0], verbose=0))


def test_few_labels_make_full_batches_and_no_tiny_epochs():
    history = finetune(model(), *task(10), "full", epochs=30, batch_size=8, verbose=0)
    # Two steps a pass, three passes an epoch.
    assert len(history.history["loss"]) == 10
    assert history.model.optimizer.iterations == 60


def test_budget_prefers_what_validates_best(tmp_path):
    budget = choose_budget(
        model, *task(), "full", epochs=4, validation=task(seed=1), learning_rates=(1e-6, 1e-2), batch_size=8
    )
    assert budget.learning_rate == 1e-2
    assert [row[:2] for row in budget.tried] == [(1e-6, 4), (1e-2, 4), (1e-2, 8)]
    budget.save(tmp_path / "budget.json")
    loaded = Budget.load(tmp_path / "budget.json")
    assert (loaded.learning_rate, loaded.epochs) == (budget.learning_rate, budget.epochs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(recipe="graduall"), "recipe='graduall'"),
        (dict(y=np.zeros(3, int)), "one class a sample"),
        (dict(y=np.full(24, 2)), "from 0 to 1.*from 2 to 2"),
        (dict(y=np.zeros(24)), "float64"),
    ],
)
def test_bad_input_is_named(change, message):
    x, y = task()
    arguments = {"x": x, "y": y, "recipe": "full", **change}
    with pytest.raises(ValueError, match=message):
        finetune(model(), **arguments, epochs=1)


def test_probe_needs_two_classes():
    with pytest.raises(ValueError, match="two classes"):
        probe(model(), task()[0], np.zeros(24, int))


def test_budget_needs_something_to_judge_by():
    x, _ = task()
    with pytest.raises(ValueError, match="single labelled sample"):
        choose_budget(model, x[:3], np.array([0, 0, 1]), "full", epochs=1)


def with_dead_feature():
    """A classifier whose features have one that varies by 1e-32, as one of MiniLM's does."""
    inputs = keras.Input((8, 8, 1))
    features = small_cnn((8, 8, 1), width=4)(inputs)
    scales = [1.0] * (features.shape[-1] - 1) + [1e-32]
    return classifier(keras.Model(inputs, features * np.array(scales, np.float32)), 2)


def test_dead_features_do_not_make_fine_tuning_diverge():
    keras.utils.set_random_seed(0)
    network = with_dead_feature()
    probe(network, *task(40))
    weights = np.abs(network.layers[-1].get_weights()[0])
    assert weights[-1].max() == 0 and 0 < weights.max() < 100
    history = finetune(network, *task(40), "lpft", epochs=2, batch_size=8, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_a_loss_that_is_nan_is_said_and_the_search_goes_on_without_that_rate():
    x, y = task(40)
    with pytest.raises(FloatingPointError, match="learning rate of 1e.30: try a tenth"):
        finetune(model(), x, y, "full", epochs=2, batch_size=8, learning_rate=1e30, verbose=0)
    budget = choose_budget(model, x, y, "full", epochs=2, batch_size=8, learning_rates=(1e-2, 1e30))
    assert budget.learning_rate == 1e-2 and budget.tried[1][::2] == (1e30, 0.0)
