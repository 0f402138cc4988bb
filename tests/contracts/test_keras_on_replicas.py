"""How Keras counts losses, statistics and steps on several replicas; seen with keras 3.15.1 and tensorflow 2.21.

`objectives.Objective` scales by itself because of the first test; layers here ask for `synchronized=True` because of the
second; `distribution.mend_fit` and `distribution.load_own_share` lean on the others.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.replicas import mirrored


class PerSample(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)


class Scalar(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean((y_true - y_pred) ** 2)


def step_taken(strategy, loss):
    """How far one step of SGD moves the only weight."""
    with strategy.scope():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
        model.compile(keras.optimizers.SGD(1.0), loss)
    ones = np.ones((8, 1), "float32")
    model.fit(ones, ones, batch_size=8, epochs=1, verbose=0)
    return float(model.get_weights()[0].squeeze())


@pytest.mark.parametrize(("loss", "times"), [(PerSample, 1), (Scalar, 2)])
def test_a_scalar_loss_is_as_many_times_too_large_as_there_are_replicas(loss, times):
    alone = step_taken(tf.distribute.get_strategy(), loss())
    assert alone == pytest.approx(2.0)
    assert step_taken(mirrored(2), loss()) == pytest.approx(times * alone)


@pytest.mark.parametrize("synchronized", [True, False])
def test_synchronized_batch_norm_has_the_statistics_of_the_whole_batch(synchronized):
    strategy = mirrored(2)
    x = np.random.RandomState(0).normal(size=(8, 3)).astype("float32")
    x[4:] += 5  # the replicas' halves differ
    with strategy.scope():
        layer = keras.layers.BatchNormalization(synchronized=synchronized, momentum=0.0)
        layer.build((None, 3))
    shares = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(np.split(x, 2)[context.replica_id_in_sync_group])
    )
    outputs = strategy.run(tf.function(lambda share: layer(share, training=True)), args=(shares,))
    outputs = np.concatenate([value.numpy() for value in strategy.experimental_local_results(outputs)])
    whole = (x - x.mean(0)) / np.sqrt(x.var(0) + layer.epsilon)
    assert np.allclose(outputs, whole, atol=1e-5) == synchronized
    # Else the moving statistics are those of the first replica's share alone.
    seen = x if synchronized else x[:4]
    np.testing.assert_allclose(layer.moving_mean.numpy(), seen.mean(0), atol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), seen.var(0), atol=1e-4)


@pytest.mark.parametrize(("steps_per_execution", "counted"), [(1, 24), (4, 20)])
def test_the_end_of_data_of_unknown_length_moves_the_optimizers_count(steps_per_execution, counted):
    x = np.ones((50, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    unknown = tf.data.Dataset.from_tensor_slices((x, x)).batch(10).filter(lambda *_: True)
    with pytest.warns(UserWarning, match="ran out of data"):
        model.fit(unknown, epochs=4, verbose=0)
    assert int(model.optimizer.iterations.numpy()) == counted  # 4 epochs of 5 steps are 20


def test_datasets_made_by_a_function_count_the_shares_of_replicas_one_by_one():
    strategy = mirrored(2)
    made = strategy.distribute_datasets_from_function(lambda context: tf.data.Dataset.range(12).batch(2))
    assert made.cardinality == 6
    assert len(list(made)) == 3
    made._cardinality = 3
    assert made.cardinality == 3
    assert len(list(made)) == 3
