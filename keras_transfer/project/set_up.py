"""What must be settled before a script makes its first layer."""


def set_up(config):
    """Make the strategy, then set the seed and the precision that the config's `run` section names.

    Call it before any layer, tensor or dataset is made: several workers can only be connected before TensorFlow has
    started, and layers take the precision that holds when they are made. `run_stage` does.

    Args:
        config: A `Config` with `run.strategy`, `run.seed` and `run.precision`.

    Returns:
        The `tf.distribute.Strategy`.
    """
    import keras

    from keras_transfer import distribution

    strategy = distribution.strategy(config.run.strategy)
    keras.utils.set_random_seed(config.run.seed)
    keras.config.set_dtype_policy(config.run.precision)
    return strategy
