import keras
import numpy as np
import tensorflow as tf

from keras_transfer.objectives.row_seeds import row_seeds
from tests.replicas import mirrored


def test_training_moves_on_and_evaluation_does_not():
    generator = keras.random.SeedGenerator(7)
    batch = tf.zeros((4, 3))
    state = np.array(generator.state)
    fixed = row_seeds(generator, batch, fresh=False)
    np.testing.assert_array_equal(row_seeds(generator, batch, fresh=False), fixed)
    np.testing.assert_array_equal(generator.state, state)
    first, second = (row_seeds(generator, batch, fresh=True).numpy() for _ in range(2))
    everything = np.concatenate([fixed, first, second])
    assert everything.shape == (12, 2) and len(np.unique(everything, axis=0)) == 12


def test_same_state_gives_the_same_seeds():
    one, other = keras.random.SeedGenerator(7), keras.random.SeedGenerator(7)
    different = keras.random.SeedGenerator(8)
    batch = tf.zeros((5, 1))
    np.testing.assert_array_equal(row_seeds(one, batch, True), row_seeds(other, batch, True))
    assert (row_seeds(one, batch, True).numpy() != row_seeds(different, batch, True).numpy()).any(1).all()


def test_replicas_together_draw_what_one_device_draws():
    whole = row_seeds(keras.random.SeedGenerator(3), tf.zeros((8, 1)), fresh=True)
    strategy = mirrored(2)
    with strategy.scope():
        generator = keras.random.SeedGenerator(3)

    @tf.function
    def draw():
        return strategy.run(lambda: row_seeds(generator, tf.zeros((4, 1)), fresh=True))

    for _ in range(2):
        shares = strategy.experimental_local_results(draw())
        np.testing.assert_array_equal(np.concatenate([share.numpy() for share in shares]), whole)
        # The second draw is one device's second draw.
        alone = keras.random.SeedGenerator(3)
        row_seeds(alone, tf.zeros((8, 1)), fresh=True)
        whole = row_seeds(alone, tf.zeros((8, 1)), fresh=True)
