import numpy as np
import tensorflow as tf

from keras_transfer import data
from keras_transfer.data.batches import sample_seeds


def test_rows_depend_on_their_own_seed_alone():
    seeds = sample_seeds(0, 0, 6)
    whole = data.normal(seeds, 5)
    np.testing.assert_allclose(whole[2:4], data.normal(seeds[2:4], 5), rtol=1e-5)
    assert whole.shape == (6, 5) and whole.dtype == tf.float32


def test_moments_and_independence():
    drawn = data.normal(sample_seeds(3, 0, 20000), 5, mean=1.0, deviation=2.0).numpy()
    standard = (drawn - 1) / 2
    assert np.abs(standard.mean(0)).max() < 0.03 and np.abs(standard.std(0) - 1).max() < 0.02  # four standard errors
    assert np.abs((standard**3).mean(0)).max() < 0.12 and np.abs((standard**4).mean(0) - 3).max() < 0.3
    assert np.abs(np.corrcoef(standard.T) - np.eye(5)).max() < 0.03
    # The two halves of a Box-Muller pair share a radius: their squares must be independent, too.
    assert np.abs(np.corrcoef((standard**2).T) - np.eye(5)).max() < 0.03
