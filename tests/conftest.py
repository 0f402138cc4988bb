"""Settings every test needs before TensorFlow is first imported, and tidying up after each file."""

import gc
import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def pytest_configure(config):
    # Several tests run on replicas; logical devices can only be made before TensorFlow starts its context. TensorFlow is
    # imported here, not at the first test, so that its own deprecation warnings are not counted as ours.
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 4
    )
    from tests import without_autotuning

    without_autotuning.install()


def pytest_collection_finish():
    gc.freeze()  # what is imported by now stays; it need not be looked through again and again


@pytest.fixture(autouse=True, scope="module")
def tidy():
    """Models and iterators of a file end with it.

    They hang in cycles that Python looks through too seldom, and TensorFlow keeps whatever a custom gradient was traced in:
    gigabytes gather.
    """
    yield
    import keras
    from tensorflow.python.framework.ops import gradient_registry

    for name in [name for name in gradient_registry.list() if name.startswith("CustomGradient-")]:
        del gradient_registry._registry[name]
    keras.backend.clear_session(free_memory=False)
    gc.collect()
