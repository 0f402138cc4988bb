import keras
import numpy as np
import pytest

from keras_transfer.layers import LoRA
from tests.layers.adapted_case import around, base_values, batch_for, check_contract, model_of, train


@pytest.mark.parametrize("kind", ["dense", "transformer"])
def test_contract(kind, tmp_path):
    model, moved = check_contract(lambda plain: LoRA(plain, rank=2, trained="head"), kind, tmp_path)
    assert not moved
    names = {variable.name for variable in model.trainable_variables}
    if kind == "dense":
        assert names == {"one.lora_a", "one.lora_b", "two.lora_a", "two.lora_b", "kernel", "bias"}
    else:
        assert "vit.block2.self_attention_layer.attention_output.lora_b" in names
        assert "vit.block1.self_attention_layer.query.lora_a" in names


@pytest.mark.parametrize(
    ("equation", "shape", "output", "rows", "columns"),
    [
        ("abc,cde->abde", (3, 4), (None, 2, 5), (4,), (2, 5)),
        ("abcd,cde->abe", (3, 2, 5), (None, 6), (2, 5), (6,)),
        ("...x,xy->...y", (3, 4), 5, (4,), (5,)),
        ("abc,cd->abd", (3, 4), (None, 5), (4,), (5,)),
        ("ab,cb->ac", (4,), (5,), (4,), (5,)),
    ],
)
def test_is_the_sum_of_kernels_that_is_never_formed(equation, shape, output, rows, columns):
    inputs = keras.Input(shape)
    dense = keras.layers.EinsumDense(
        equation, output, bias_axes=equation[-1], bias_initializer="normal", activation="tanh", name="e"
    )
    model = keras.Model(inputs, dense(inputs))
    layer = LoRA(model, rank=3, alpha=6)
    adapted = around(layer)
    a, b = layer.trainable_variables
    assert a.shape == (*rows, 3) and b.shape == (3, *columns)
    b.assign(np.random.default_rng(1).normal(size=b.shape))
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    # By definition: the kernel with its axes sorted into rows and columns, plus alpha / rank times A B.
    letters = equation.replace(".", "").split("->")[0].split(",")[1]
    out = equation.split("->")[1]
    order = [i for i, c in enumerate(letters) if c not in out] + [i for i, c in enumerate(letters) if c in out]
    kernel = dense.kernel.numpy().transpose(order)
    kernel = kernel + 2 * (a.numpy().reshape(-1, 3) @ b.numpy().reshape(3, -1)).reshape(kernel.shape)
    kernel = kernel.transpose(np.argsort(order))
    expected = np.tanh(np.einsum(equation, x, kernel) + dense.bias.numpy())
    np.testing.assert_allclose(adapted(x), expected, atol=1e-5)
    layer.merge()
    np.testing.assert_allclose(dense.kernel, kernel, atol=1e-6)
    np.testing.assert_allclose(model(x), expected, atol=1e-5)
    np.testing.assert_allclose(adapted(x), expected, atol=1e-5)


def test_merged_model_is_plain_and_trains_whole(tmp_path):
    plain = model_of("transformer")
    layer = LoRA(plain, rank=2, trained="head")
    model = around(layer)
    train(model)
    x, _ = batch_for(plain)
    expected = model(x, training=False)
    assert not np.allclose(plain(x, training=False), expected, atol=1e-3)
    assert layer.merge() is plain
    np.testing.assert_allclose(plain(x, training=False), expected, atol=1e-5)
    assert len(plain.trainable_variables) == len(model_of("transformer").trainable_variables)
    plain.save(tmp_path / "plain.keras")
    loaded = keras.saving.load_model(tmp_path / "plain.keras")
    np.testing.assert_allclose(loaded(x, training=False), expected, atol=1e-5)


def test_thawing_everything_leaves_the_kernels_frozen():
    # Under Keras's own LoRA `trainable = True` thaws the kernel as well.
    plain = model_of("dense")
    layer = LoRA(plain, rank=2, trained="head")
    model = around(layer)
    before = len(model.trainable_variables)
    model.trainable = False
    model.trainable = True
    assert len(model.trainable_variables) == before
    frozen = base_values(layer)
    model.compile("adam", model.loss)
    train(model)
    assert all(np.array_equal(frozen[path], value) for path, value in base_values(layer).items())


def test_targets_and_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        plain = model_of("dense")
        layer = LoRA(plain, rank=2, targets="one", trained="head")
        model = around(layer)
    finally:
        keras.config.set_dtype_policy("float32")
    assert {v.name for v in model.trainable_variables} == {"one.lora_a", "one.lora_b", "kernel", "bias"}
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    assert np.isfinite(train(model).history["loss"]).all()


def test_gradients_are_those_of_the_sum():
    import tensorflow as tf

    plain = model_of("dense")
    layer = LoRA(plain, rank=2, alpha=3.0, targets="one")
    model = around(layer)
    a, b = layer.trainable_variables
    b.assign(np.random.default_rng(1).normal(size=b.shape))
    x, _ = batch_for(plain)
    kernel = plain.get_layer("one").kernel.numpy()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x, training=True) ** 2)
    found = tape.gradient(loss, [a.value, b.value])
    with tf.GradientTape() as tape:
        tape.watch(variables := [tf.constant(a.numpy()), tf.constant(b.numpy())])
        hidden = tf.nn.relu(x @ (kernel + 1.5 * variables[0] @ variables[1]) + plain.get_layer("one").bias)
        hidden = plain.get_layer("norm")(hidden, training=False)
        loss = tf.reduce_sum(plain.get_layer("head")(plain.get_layer("two")(hidden)) ** 2)
    for one, other in zip(found, tape.gradient(loss, variables), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_on_replicas():
    from tests.replicas import mirrored

    losses = []
    for scope in (None, mirrored(2).scope()):
        if scope is not None:
            scope.__enter__()
        model = around(LoRA(model_of("dense"), rank=2, trained="head"))
        keras.utils.set_random_seed(1)
        for variable in model.trainable_variables:
            variable.assign(np.random.default_rng(2).normal(size=variable.shape, scale=0.3))
        x, y = np.random.default_rng(3).normal(size=(8, 6)).astype("float32"), np.arange(8) % 3
        losses.append(model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"])
        if scope is not None:
            scope.__exit__(None, None, None)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LoRA(model_of("dense"), rank=0), "rank=0"),
        (lambda: around(LoRA(model_of("dense"), targets="three")), "no dense layer that `targets` mean.*one"),
        (lambda: around(LoRA(around(LoRA(model_of("dense"))))), "adapted inside already"),
    ],
)
def test_wrong_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_keras_own_lora_is_refused():
    plain = model_of("dense")
    plain.get_layer("one").enable_lora(2)
    with pytest.raises(ValueError, match="`one` is quantized, or under Keras's own LoRA"):
        around(LoRA(plain))
