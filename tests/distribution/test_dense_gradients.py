import keras
import numpy as np
import tensorflow as tf

from keras_transfer.distribution.dense_gradients import dense_gradients
from tests.replicas import mirrored


def gradients_of(strategy):
    with strategy.scope():
        table, other = keras.Variable(np.ones((5, 2), np.float32)), keras.Variable(1.0)
    kinds = []

    def one_step(tokens):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(table.value, tokens) ** 2)
        variables = [table, other]
        found = dense_gradients(tape.gradient(loss, [table.value, other.value]), variables)
        kinds.append(type(found[0]))
        assert found[1] is None
        return tf.convert_to_tensor(found[0])

    step = tf.function(lambda tokens: strategy.run(one_step, (tokens,)), autograph=False)
    return strategy.experimental_local_results(step(tf.constant([1, 3, 1]))), kinds


def test_rows_become_whole_gradients_where_replicas_add_them_up():
    expected = np.array([[0, 0], [4, 4], [0, 0], [2, 2], [0, 0]])
    alone, kinds = gradients_of(tf.distribute.get_strategy())
    assert kinds == [tf.IndexedSlices]
    np.testing.assert_array_equal(alone[0], expected)
    replicas, kinds = gradients_of(mirrored(2))
    assert tf.IndexedSlices not in kinds and len(replicas) == 2
    for one in replicas:
        np.testing.assert_array_equal(one, expected)
