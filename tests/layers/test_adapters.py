import numpy as np
import pytest

from keras_transfer.layers import Adapters
from tests.layers.adapted_case import around, batch_for, check_contract, model_of, train


@pytest.mark.parametrize("kind", ["dense", "transformer", "convolutions"])
def test_contract(kind, tmp_path):
    model, moved = check_contract(lambda plain: Adapters(plain, width=3, trained="head"), kind, tmp_path)
    names = {variable.name for variable in model.trainable_variables}
    if kind == "transformer":
        # After attention and feed-forward part, of each block; norms train, too.
        downs = sorted(name for name in names if name.endswith(".down"))
        assert downs == [
            f"vit.block{block}.{part}.down"
            for block in (1, 2)
            for part in ("feedforward_output_dense", "self_attention_layer.attention_output")
        ]
        assert moved and all("norm" in path for path in moved)
    else:
        assert not moved
        assert ("one.up" if kind == "dense" else "small_cnn.stage1_conv1.up") in names
        assert "head.up" not in names


def test_is_the_papers_bottleneck():
    plain = model_of("dense")
    layer = Adapters(plain, width=3, activation="tanh", targets="two")
    model = around(layer)
    random = np.random.default_rng(0)
    for variable in layer.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    down, down_bias, up, up_bias = (variable.numpy() for variable in layer.trainable_variables)
    x, _ = batch_for(plain)
    one, norm, two, head = (plain.get_layer(name) for name in ("one", "norm", "two", "head"))
    hidden = two(norm(one(x), training=False)).numpy()
    hidden = hidden + np.tanh(hidden @ down + down_bias) @ up + up_bias
    np.testing.assert_allclose(model(x, training=True), head(hidden), atol=1e-4)
    assert not np.allclose(plain(x, training=False), model(x, training=False), atol=1e-2)


def test_frozen_batch_norms_keep_their_statistics():
    plain = model_of("convolutions")
    before = plain.layers[1].get_layer("stage1_norm1").get_weights()
    train(around(Adapters(plain, width=2, trained="head")))
    after = plain.layers[1].get_layer("stage1_norm1").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_release_lets_all_train_again():
    plain = model_of("dense")
    count = len(plain.trainable_variables)
    layer = Adapters(plain, trained="head")
    around(layer)
    assert len(plain.trainable_variables) == 2
    assert layer.release() is plain and len(plain.trainable_variables) == count


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="width=0"):
        Adapters(model_of("dense"), width=0)
    with pytest.raises(ValueError, match="no layer that can be adapted"):
        around(Adapters(model_of("dense"), targets="nothing"))
