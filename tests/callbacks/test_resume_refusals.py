import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.callbacks import Resume
from tests.callbacks.resume_case import KillAt, Killed
from tests.callbacks.test_resume import build, data, dataset, network


def interrupted(make, directory, **arguments):
    model, fit = make()
    fit["callbacks"] = [Resume(directory, name="run", every=1, **arguments), KillAt(3)]
    with pytest.raises(Killed):
        model.fit(epochs=3, verbose=0, **fit)


def refused(match, make, directory, **arguments):
    model, fit = make()
    before = [value.copy() for value in model.get_weights()]
    with pytest.raises(ValueError, match=match):
        model.fit(epochs=3, verbose=0, **{**fit, "callbacks": [Resume(directory, name="run", **arguments)]})
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


OTHERS = {
    "wider": (
        build(layers=[lambda: keras.layers.Dense(3)]),
        r"`.*dense.*/kernel` \(float32, shape \(8, 1\)\) was saved where .* \(8, 3\)",
    ),
    "optimizer": (
        build(lambda: keras.optimizers.SGD(0.1)),
        "optimizer variable `.*momentum` .* was saved, and the model has no",
    ),
    "optimizer with equal state": (
        build(lambda: keras.optimizers.Adam(0.05)),
        "trained with AdamW, and the model has Adam",
    ),
    "dtype": (build(layers=[lambda: keras.layers.Dense(1, dtype="float16")]), "float16"),
    "elements": (
        build(fit=lambda: {"x": dataset().map(lambda x, y: (x, tf.concat([y, y], 1)))}),
        r"other data: `elements` was .*\(1,\).* and is .*\(2,\)",
    ),
    "batches": (build(fit=lambda: {"x": dataset().skip(1)}), "other data: `batches per epoch` was 5 and is 4"),
    "executions": (build(steps_per_execution=2), "no multiple of this model's `steps_per_execution`"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_run_is_refused_by_name(name, tmp_path):
    make, match = OTHERS[name]
    interrupted(build(), tmp_path)
    refused(match, make, tmp_path)


def test_another_identity_is_refused_by_name(tmp_path):
    interrupted(build(), tmp_path, identity={"seed": 1, "data": "abc"})
    refused("other identity: `data` was 'abc' and is 'abd'", build(), tmp_path, identity={"seed": 1, "data": "abd"})
    refused(
        "other identity: `rate` was None and is 2", build(), tmp_path, identity={"seed": 1, "data": "abc", "rate": 2}
    )


def test_automatic_names_do_not_make_another_model(tmp_path):
    interrupted(build(), tmp_path)
    network()  # moves Keras's counters on
    model, fit = build()()
    model.fit(epochs=3, verbose=0, **{**fit, "callbacks": [Resume(tmp_path, name="run")]})
    assert int(model.optimizer.iterations) == 15


def test_unbuilt_model_is_named():
    model = keras.Sequential([keras.layers.Dense(1)], name="late")
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Received: late, not built"):
        model.fit(*data(), verbose=0, callbacks=[Resume("never")])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"every": 0}, "every=0"),
        ({"every": "batch"}, "every='batch'"),
        ({"every": True}, "every=True"),
        ({"keep": 0}, "keep=0"),
        ({"name": "../x"}, "name='../x'"),
        ({"name": ""}, "name=''"),
        ({"name": ".."}, "name='..'"),
    ],
)
def test_arguments_are_checked(arguments, match):
    with pytest.raises(ValueError, match=match):
        Resume("never", **arguments)
