"""Why `distribution.mend_fit` touches the datasets that Keras makes of arrays; seen with keras 3.15.1 and tensorflow 2.21.

A failure here is good news: upstream has switched autotuning off, and that part of the mend can go.
"""

import numpy as np
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from keras_transfer.distribution.mend_fit import _stock_get_tf_dataset


def test_keras_leaves_autotuning_on_for_arrays():
    dataset = _stock_get_tf_dataset(ArrayDataAdapter(np.zeros((8, 2), "float32"), batch_size=4))
    assert dataset.options().autotune.enabled is None  # the default: on
