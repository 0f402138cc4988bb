"""What `prefetched` leaves as it is, and what it turns off."""

import tensorflow as tf

from keras_transfer.distribution.prefetched import prefetched


def test_elements_and_length_are_the_same():
    dataset = tf.data.Dataset.range(7).map(lambda number: number**2, num_parallel_calls=tf.data.AUTOTUNE)
    assert list(prefetched(dataset).as_numpy_iterator()) == [0, 1, 4, 9, 16, 25, 36]
    assert prefetched(dataset).cardinality() == 7


def test_nothing_is_tuned_in_the_background():
    assert prefetched(tf.data.Dataset.range(7).batch(2)).options().autotune.enabled is False
