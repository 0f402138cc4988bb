"""Settings every test needs before TensorFlow is first imported."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def pytest_configure(config):
    # Several tests run on replicas; logical devices can only be made before TensorFlow starts its context. TensorFlow is
    # imported here, not at the first test, so that its own deprecation warnings are not counted as ours.
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 4
    )
