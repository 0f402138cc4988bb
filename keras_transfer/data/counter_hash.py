"""A counter-based generator: random numbers as a pure function of a key, the same in NumPy and in TensorFlow.

It is the output function of SplitMix64 (Steele, Lea and Flood, 2014, https://doi.org/10.1145/2714064.2660195) applied to
key + counter * golden ratio. Nothing here depends on a TensorFlow or NumPy release, so the order of the data and every
augmentation of a run can be had again years later.
"""

import numpy as np
import tensorflow as tf

GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mix(z):
    """Scramble a NumPy array of uint64; a bijection, so distinct numbers stay distinct."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return z ^ (z >> np.uint64(31))


def mix_tensor(z):
    """`mix` for a uint64 tensor."""
    shift, xor = tf.bitwise.right_shift, tf.bitwise.bitwise_xor
    z = xor(z, shift(z, tf.constant(30, tf.uint64))) * tf.constant(_FIRST, tf.uint64)
    z = xor(z, shift(z, tf.constant(27, tf.uint64))) * tf.constant(_SECOND, tf.uint64)
    return xor(z, shift(z, tf.constant(31, tf.uint64)))


def key(*numbers):
    """One uint64 key from integers of any size and sign, in which their order matters."""
    state = np.zeros(1, np.uint64)
    for number in numbers:
        state = mix(state + np.array([(int(number) + GOLDEN) % 2**64], np.uint64))
    return state[0]


def stream(start, counters):
    """One uint64 for each counter (an array of non-negative integers) under a key."""
    return mix(start + np.asarray(counters).astype(np.uint64) * np.uint64(GOLDEN))
