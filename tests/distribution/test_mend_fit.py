import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data, distribution
from keras_transfer.distribution.mend_fit import mend_fit
from tests.replicas import mirrored


@pytest.fixture(autouse=True)
def mended():
    mend_fit()


def fit(strategy, dataset, **options):
    with strategy.scope():
        keras.utils.set_random_seed(0)
        # Neither the model nor its metrics are built before `fit`.
        model = keras.Sequential([keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
    history = model.fit(dataset, verbose=0, **options)
    return model, history.history


def samples():
    x = np.random.RandomState(0).rand(60, 3).astype("float32")
    return x, x.sum(1, keepdims=True)


def test_two_replicas_begin_shuffled_data_at_the_first_order():
    one, one_history = fit(tf.distribute.get_strategy(), data.batches(samples(), 12, seed=1), epochs=4)
    two, two_history = fit(mirrored(2), data.batches(samples(), 12, seed=1), epochs=4)
    for first, second in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    for name in one_history:
        np.testing.assert_allclose(one_history[name], two_history[name], atol=1e-6)


def test_no_batch_of_a_generator_is_lost():
    x, y = samples()
    drawn = []

    def generate():
        for start in range(0, 60, 12):
            drawn.append(start)
            yield x[start : start + 12], y[start : start + 12]

    shapes = tuple(tf.TensorSpec((None, *array.shape[1:]), "float32") for array in (x, y))
    dataset = tf.data.Dataset.from_generator(generate, output_signature=shapes)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(5))
    fit(mirrored(2), dataset, epochs=1)
    assert drawn == [0, 12, 24, 36, 48]


def test_structured_batches_build_a_model():
    x, y = samples()
    strategy = mirrored(2)
    with strategy.scope():

        class Sum(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = keras.layers.Dense(1)

            def call(self, inputs):
                return self.dense(inputs["a"] + inputs["b"][0])

        model = Sum()
        model.compile("sgd", "mse", metrics=["mae"])
    dataset = tf.data.Dataset.from_tensor_slices(({"a": x, "b": (x,)}, y, np.ones(60, "float32"))).batch(12)
    model.fit(dataset, validation_data=dataset, verbose=0)
    assert model.built
    assert model.predict(dataset.map(lambda x, y, w: x), verbose=0).shape == (60, 1)


def test_train_on_batch_is_as_before():
    x, y = samples()
    with mirrored(2).scope():
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    assert np.isfinite(model.train_on_batch(x, y))


def test_another_version_of_keras_is_left_alone_with_a_warning(monkeypatch):
    from keras.src.backend.tensorflow import trainer

    stock = object()
    monkeypatch.setattr(trainer, "reduce_per_replica", stock)
    monkeypatch.setattr(keras, "__version__", "3.16.0")
    with pytest.warns(UserWarning, match=r"Keras 3\.16\.0 is not a version"):
        distribution.mend_fit()
    assert trainer.reduce_per_replica is stock


def datasets_of_a_fit(x, monkeypatch, **options):
    """Those that Keras really reads."""
    from keras.src.backend.tensorflow import trainer

    read, make = [], trainer.TFEpochIterator.__init__

    def recorded(self, *args, **kwargs):
        make(self, *args, **kwargs)
        read.append(self._distributed_dataset)

    monkeypatch.setattr(trainer.TFEpochIterator, "__init__", recorded)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, verbose=0, **options)
    return read


def test_datasets_that_keras_makes_of_arrays_go_without_autotuning(monkeypatch):
    x, y = samples()
    read = datasets_of_a_fit(x, monkeypatch, y=y, validation_data=(x, y))
    assert [dataset.options().autotune.enabled for dataset in read] == [False, False]
    assert read[0].options().experimental_optimization.apply_default_optimizations is False  # Keras's own wish


def test_a_dataset_of_the_users_keeps_its_options(monkeypatch):
    read = datasets_of_a_fit(tf.data.Dataset.from_tensor_slices(samples()).batch(12), monkeypatch, shuffle=False)
    assert [dataset.options().autotune.enabled for dataset in read] == [None]
