import keras
import numpy as np
import pytest

from keras_transfer.callbacks import Resume
from keras_transfer.finetuning import FeatureCache, choose_budget, finetune
from keras_transfer.transfer import classifier
from tests.replicas import mirrored

X = np.random.default_rng(0).random((24, 8, 8, 1), np.float32)
Y = np.arange(24) % 2
X[Y == 0, :, :4] += 0.7
HOW = dict(epochs=6, batch_size=4, learning_rate=1e-2, verbose=0, validation_data=(X[:10], Y[:10]))
# The head alone for three epochs.
GROUPS = {"groups": ["head", "*"], "at": [3]}


def model(dropout=0.0):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(4, 3, 2, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    encoder = keras.Sequential([keras.Input((8, 8, 1)), *layers, keras.layers.Flatten()], name="encoder")
    return classifier(encoder, 2, dropout=dropout)


def trained(recipe="gradual", dropout=0.0, **arguments):
    options = GROUPS if recipe == "gradual" else None
    return finetune(model(dropout), X, Y, recipe, **{**HOW, "options": options, **arguments})


def assert_same(found, expected):
    for ours, theirs in zip(found.model.get_weights(), expected.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert found.history.keys() == expected.history.keys() and found.epoch == expected.epoch
    for name, values in expected.history.items():
        np.testing.assert_allclose(found.history[name], values, atol=1e-5, err_msg=name)


@pytest.fixture(scope="module")
def uncached():
    return trained()


def test_gradual_trains_as_without_and_runs_the_encoder_less(uncached):
    cache, ran = FeatureCache(), []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            ran.append(epoch)

    found = trained(cache=cache, callbacks=[Watch()])
    assert ran == [3, 4, 5] and cache.computed == 2  # training and validation samples
    assert_same(found, uncached)
    # The second training finds all of it.
    assert_same(trained(cache=cache), uncached)
    assert cache.computed == 2


def test_live_dropout_before_the_head_and_class_weights(tmp_path):
    how = dict(dropout=0.5, class_weight={0: 3.0})
    assert_same(trained(cache=tmp_path / "cache", **how), trained(**how))


def test_two_replicas(tmp_path):
    with mirrored(2).scope():
        expected, found = trained(), trained(cache=tmp_path)
    assert_same(found, expected)


def test_a_resumed_run_ends_where_the_uninterrupted_one_does(tmp_path, uncached):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(cache=tmp_path / "cache", callbacks=[Resume(tmp_path / "run"), Stop()])
    resumed = trained(cache=tmp_path / "cache", callbacks=[Resume(tmp_path / "run")])
    for ours, theirs in zip(resumed.model.get_weights(), uncached.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_probe_and_lpft():
    cache = FeatureCache()
    assert_same(trained("lpft", cache=cache), trained("lpft"))
    assert cache.computed == 1
    trained("probe", cache=cache)
    assert cache.computed == 1


def test_a_search_shares_one_cache():
    cache = FeatureCache()
    how = dict(learning_rates=(1e-2,), options={**GROUPS, "at": [1]})
    choose_budget(model, X, Y, "gradual", epochs=3, validation=(X, Y), cache=cache, **how)
    assert cache.computed == 1


def test_augmented_inputs_need_views(uncached):
    def augment(inputs, seeds):
        import tensorflow as tf

        return inputs + tf.random.stateless_uniform((1,), seeds[0])

    with pytest.raises(ValueError, match="augmented anew in every epoch. Keep several views"):
        trained(cache="memory", augment=augment)
    cache = FeatureCache(views=3)
    found = trained(cache=cache, augment=augment, epochs=9)
    (views,) = [entry for entry in cache._entries.values() if entry.shape[:2] == (3, 24)]
    assert np.abs(views[0] - views[1]).max() > 0.01
    assert found.history["accuracy"][-1] > 0.9
    # Without augmentation views make no difference.
    assert_same(trained(cache=FeatureCache(views=3)), uncached)


def test_what_cannot_be_cached_is_named():
    with pytest.raises(ValueError, match="'full' has no epoch with a frozen encoder"):
        trained("full", cache="memory")
    with pytest.raises(ValueError, match="depends on a metric"):
        trained(cache="memory", options={**GROUPS, "at": None, "monitor": "val_loss"})


def test_validation_batches_are_taken_as_they_come(uncached):
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((X[:10], Y[:10])).batch(4)
    assert_same(trained(cache="memory", validation_data=batches), uncached)


def test_schedule_by_steps():
    options = {"groups": ["head", "*"], "at": None, "at_steps": [13]}
    # Two whole epochs of six steps, and a step of the next.
    cache = FeatureCache()
    assert_same(trained(cache=cache, options=options), trained(options=options))
    assert cache.computed == 2
