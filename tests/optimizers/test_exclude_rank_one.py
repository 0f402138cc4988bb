import keras
import numpy as np
import pytest

from keras_transfer.optimizers import Grouped, exclude_rank_one


def model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    outputs = keras.layers.LayerNormalization(name="norm")(keras.layers.Dense(3, name="dense")(inputs))
    return keras.Model(inputs, outputs)


def decayed(made, optimizer):
    """Names of variables that shrink although no gradient pulls."""
    variables = made.trainable_variables
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    optimizer.apply([np.zeros(v.shape, "float32") for v in variables], variables)
    return ["/".join(v.path.split("/")[-2:]) for v in variables if v.numpy().max() < 1]


def adamw():
    return keras.optimizers.AdamW(0.1, weight_decay=0.5)


@pytest.mark.parametrize(
    "wrap", [lambda o: o, keras.optimizers.LossScaleOptimizer, Grouped], ids=["plain", "scaled", "grouped"]
)
def test_only_matrices_decay(wrap):
    made = model()
    assert len(decayed(made, wrap(adamw()))) == 4
    optimizer = wrap(adamw())
    assert exclude_rank_one(optimizer, made) is optimizer
    assert decayed(made, optimizer) == ["dense/kernel"]


def test_earlier_exclusions_stay():
    made, optimizer = model(), adamw()
    optimizer.exclude_from_weight_decay(var_list=[made.get_layer("dense").kernel])
    assert decayed(made, exclude_rank_one(optimizer, made)) == []
    optimizer = adamw()
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    assert decayed(made, exclude_rank_one(optimizer, made)) == []


def test_reaches_what_compile_wraps():
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        made = model()
        made.compile(adamw(), "mse")
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    exclude_rank_one(made.optimizer, made)
    assert decayed(made, made.optimizer) == ["dense/kernel"]


def test_unbuilt_model():
    with pytest.raises(ValueError, match="must be built"):
        exclude_rank_one(adamw(), keras.Sequential([keras.layers.Dense(2)]))
