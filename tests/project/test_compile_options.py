import keras
import numpy as np
import pytest

from keras_transfer.project import compile_options, load_config
from keras_transfer.project.shared_sections import pretrain_section, run_section


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config.yaml").write_text("{}")

    def load(*settings):
        schema = {"run": run_section(), "pretrain": pretrain_section({"one": ""}, "one")}
        return load_config(tmp_path / "config.yaml", schema, settings)

    return load


def model(optimizer, **options):
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "tanh"), keras.layers.Dense(1)])
    made.compile(optimizer, "mse", **options)
    return made


X = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32)


@pytest.mark.parametrize(("xla", "jit"), [("off", False), ("on", True)])
def test_options_reach_the_model_and_change_no_weight(config, xla, jit):
    plain = model("sgd", jit_compile=False)
    other = model("sgd", **compile_options(config(f"run.xla={xla}", "run.steps_per_execution=2")))
    assert (other.jit_compile, other.steps_per_execution) == (jit, 2)
    for one in (plain, other):
        one.fit(X, X[:, :1], batch_size=4, epochs=2, shuffle=False, verbose=0)
    for one, same in zip(plain.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, same, atol=1e-6)


def test_defaults_are_those_of_keras(config):
    assert compile_options(config()) == {"jit_compile": "auto", "steps_per_execution": 1}
    assert config().pretrain.accumulate is None
    with pytest.raises(Exception, match="pretrain.accumulate"):
        config("pretrain.accumulate=1")


def test_accumulated_batches_are_one_large_one(config):
    accumulate = config("pretrain.accumulate=4").pretrain.accumulate
    small = model(keras.optimizers.Adam(0.1, gradient_accumulation_steps=accumulate))
    large = model(keras.optimizers.Adam(0.1))
    for one, size in ((small, 4), (large, 16)):
        one.fit(X, X[:, :1], batch_size=size, epochs=3, shuffle=False, verbose=0)
    for one, same in zip(small.get_weights(), large.get_weights(), strict=True):
        np.testing.assert_allclose(one, same, atol=1e-5)
