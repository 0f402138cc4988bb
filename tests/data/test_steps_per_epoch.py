import numpy as np
import pytest

from keras_transfer import data
from tests.replicas import mirrored


def test_of_a_dataset_and_of_a_distributed_one():
    batches = data.batches(np.arange(10), 3)
    assert data.steps_per_epoch(batches) == 3
    distributed = mirrored(2).experimental_distribute_dataset(data.batches(np.arange(10), 4))
    assert data.steps_per_epoch(distributed) == 2
    with pytest.raises(ValueError, match="not known"):
        data.steps_per_epoch(batches.filter(lambda x: True))
