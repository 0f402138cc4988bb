import keras
import numpy as np

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import classifier, set_trainable


def model():
    return classifier(small_cnn((8, 8, 1), width=2), 3)


def leaves(variables):
    return ["/".join(v.path.split("/")[-2:]) for v in variables]


def test_exactly_these_layers_whatever_was_set_before():
    made = model()
    made.trainable = False  # the model itself is frozen: Keras lists no variables as long as it is
    body = made.get_layer("small_cnn")
    assert leaves(set_trainable(made, [made.get_layer("head"), body.get_layer("stage2_conv2")])) == [
        "stage2_conv2/kernel",
        "head/kernel",
        "head/bias",
    ]
    assert body.trainable and not body.get_layer("stage1_conv1").trainable
    assert leaves(set_trainable(made, [made.get_layer("head")])) == ["head/kernel", "head/bias"]


def test_frozen_batch_norm_is_in_inference_mode():
    made = model()
    norm = made.get_layer("small_cnn").get_layer("stage1_norm1")
    chosen = set_trainable(made, [made], freeze_batch_norm=True)
    assert not any("norm" in name for name in leaves(chosen))
    before = norm.moving_mean.numpy()
    made(np.random.default_rng(0).normal(size=(4, 8, 8, 1)), training=True)
    np.testing.assert_array_equal(norm.moving_mean.numpy(), before)
    assert any("stage1_norm1" in name for name in leaves(set_trainable(made, [made])))
    made(np.random.default_rng(0).normal(size=(4, 8, 8, 1)), training=True)
    assert np.abs(norm.moving_mean.numpy() - before).max() > 0


def test_batch_norm_without_weights_has_statistics_to_freeze():
    inputs = keras.Input((3,))
    norm = keras.layers.BatchNormalization(center=False, scale=False, name="norm")
    made = keras.Model(inputs, keras.layers.Dense(1, name="head")(norm(inputs)))
    set_trainable(made, [made.get_layer("head")])
    before = norm.moving_mean.numpy()
    made(np.ones((2, 3)), training=True)
    np.testing.assert_array_equal(norm.moving_mean.numpy(), before)


def test_base_weights_under_lora_stay_frozen():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="a"), keras.layers.Dense(2, name="b")])
    made.get_layer("a").enable_lora(2)
    made.trainable = False
    made.trainable = True  # Keras thaws the kernel with it
    assert "a/kernel" in leaves(made.trainable_variables)
    assert leaves(set_trainable(made, [made])) == ["a/bias", "a/lora_kernel_a", "a/lora_kernel_b", "b/kernel", "b/bias"]


def test_weights_that_a_model_owns_itself():
    class WithToken(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3, name="dense")

        def build(self, shape):
            self.token = self.add_weight(shape=(shape[-1],), name="token")
            self.dense.build(shape)

        def call(self, x):
            return self.dense(x + self.token)

    made = WithToken()
    made.build((None, 4))
    assert leaves(set_trainable(made, [made.dense])) == ["dense/kernel", "dense/bias"]
    assert len(set_trainable(made, [made])) == 3
