import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import distribution
from tests.replicas import mirrored


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("sizes", [(3, 3), (3, 1), (2, 0)])
def test_the_whole_batch_and_its_gradient(known, sizes):
    if known and len(set(sizes)) > 1:
        sizes = (sizes[0], sizes[0])
    strategy = mirrored(2)
    rows = np.random.RandomState(0).normal(size=(sum(sizes), 2, 4)).astype("float32")
    weights = tf.constant(np.random.RandomState(1).normal(size=rows.shape).astype("float32"))
    shares = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(np.split(rows, [sizes[0]])[context.replica_id_in_sync_group])
    )
    shapes = []

    def step(share):
        if not known:
            share = tf.raw_ops.PlaceholderWithDefault(input=share, shape=(None, 2, 4))
        with tf.GradientTape() as tape:
            tape.watch(share)
            whole, first = distribution.gather(share)
            shapes.append(whole.shape)
            own = tf.reduce_sum(whole * weights) ** 2
        return whole, first, tape.gradient(own, share)

    results = strategy.run(tf.function(step), args=(shares,))
    whole, first, gradient = (strategy.experimental_local_results(result) for result in results)
    count = sum(sizes) if known else None
    assert shapes == [tf.TensorShape((count, 2, 4))] * 2
    for replica in range(2):
        np.testing.assert_array_equal(whole[replica], rows)
        assert int(first[replica]) == (0, sizes[0])[replica]
    # Each replica computes the same loss of all rows; a row's gradient is the sum of what they say of it.
    expected = 2 * 2 * np.sum(rows * weights) * weights
    np.testing.assert_allclose(np.concatenate(gradient), expected, rtol=1e-4)


def test_outside_a_strategy_the_batch_is_whole():
    whole, first = distribution.gather(np.ones((2, 3), "float32"))
    assert whole.shape == (2, 3)
    assert int(first) == 0
