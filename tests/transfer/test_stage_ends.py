import keras
import pytest

from keras_transfer.encoders import ViT, small_cnn
from keras_transfer.transfer import stage_ends


def test_stages_blocks_wrapped_and_plain_models():
    cnn = small_cnn((16, 16, 1), width=4)
    assert stage_ends(cnn) == {"stage1": "stage1_pool", "stage2": "stage2_pool", "stage3": "pool"}
    inputs = keras.Input((16, 16, 1))
    wrapped = keras.Model(inputs, cnn(keras.layers.Rescaling(255.0)(inputs)))
    assert stage_ends(wrapped)["stage2"] == "small_cnn/stage2_pool"
    assert list(stage_ends(ViT((8, 8, 1), patch_size=4, size=(8, 2, 2)))) == ["block1", "block2"]
    plain = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a"), keras.layers.Dense(2, name="b")])
    assert stage_ends(plain) == {"a": "a", "b": "b"}


def test_nothing_to_choose_from():
    with pytest.raises(ValueError, match="no layers to choose from"):
        stage_ends(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
