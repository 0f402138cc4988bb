"""What `without_autotuning` leaves as it is, and what it turns off."""

import tensorflow as tf

from keras_transfer.distribution.without_autotuning import without_autotuning


def test_other_options_stay():
    options = tf.data.Options()
    options.deterministic = False
    options.autotune.cpu_budget = 3
    found = without_autotuning(tf.data.Dataset.range(7).with_options(options)).options()
    assert (found.autotune.enabled, found.autotune.cpu_budget, found.deterministic) == (False, 3, False)


def test_parallel_calls_left_to_the_tuner_still_run():
    dataset = tf.data.Dataset.range(7).map(lambda number: number**2, num_parallel_calls=tf.data.AUTOTUNE)
    assert list(without_autotuning(dataset).as_numpy_iterator()) == [0, 1, 4, 9, 16, 25, 36]
