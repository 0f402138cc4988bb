"""The sums of two workers are checked by `test_launch_signals.py`, which needs them for metrics and signals."""

import numpy as np
import tensorflow as tf

from keras_transfer.distribution import summing_over_workers
from tests.replicas import mirrored


def test_one_process_is_its_own_sum():
    for strategy in (tf.distribute.get_strategy(), mirrored(2)):
        np.testing.assert_array_equal(summing_over_workers(strategy)([1, 0, 255]), [1, 0, 255])
