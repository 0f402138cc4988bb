"""What stock Keras cannot do under MultiWorkerMirroredStrategy; seen with keras 3.15.1 and tensorflow 2.21.

A failure here is good news: upstream has mended it, and the part of `distribution.mend_fit` that the test names can go.
"""

import json
import sys

import keras
import pytest

from keras_transfer.cli.launch_environment import worker_environments
from keras_transfer.cli.launch_supervisor import Supervisor
from keras_transfer.distribution.mend_fit import MENDED

pytestmark = pytest.mark.slow
# Run by two workers: TensorFlow treats a cluster of one like a single host.
SCRIPT = """
import json, keras, numpy as np, sys, tensorflow as tf

strategy = tf.distribute.MultiWorkerMirroredStrategy()
x = np.random.rand(16, 4).astype("float32")

def attempt(built=True, mend_reduce=False, **compiled):
    from keras.src.backend.tensorflow import trainer
    stock = trainer.reduce_per_replica
    with strategy.scope():
        model = keras.Sequential([keras.Input((4,))] if built else [])
        model.add(keras.layers.Dense(1))
        model.compile("sgd", "mse", **compiled)
        if mend_reduce:
            model._symbolic_build(data_batch=(x[:8], x[:8, :1]))
            model._maybe_symbolic_build = lambda **_: None
            trainer.reduce_per_replica = lambda values, strategy, reduction: keras.tree.map_structure(
                lambda value: strategy.reduce("MEAN", value, axis=None), values)
    try:
        model.fit(x, x[:, :1], batch_size=8, verbose=0)
        return "works"
    except Exception as error:
        return str(error)
    finally:
        trainer.reduce_per_replica = stock

def reduce_results():
    from keras.src.backend.tensorflow.trainer import reduce_per_replica
    try:
        value = strategy.run(tf.function(lambda: tf.reduce_sum(x)))
        return str(float(reduce_per_replica(value, strategy, "auto")))
    except Exception as error:
        return str(error)

outcomes = {
    "build": attempt(),
    "reduce": reduce_results(),
    "several steps": attempt(mend_reduce=True, steps_per_execution=2),
    "one step": attempt(mend_reduce=True),
}
if strategy.cluster_resolver.task_id == 0:
    json.dump(outcomes, open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    command = [sys.executable, "-c", SCRIPT, str(folder / "outcomes.json")]
    code = Supervisor(command, lambda: worker_environments(2, ["-1"] * 2), folder, grace=5).run()
    assert code == 0, (folder / "worker0.log").read_text()[-4000:]
    return json.loads((folder / "outcomes.json").read_text())


def test_the_mend_is_for_this_version():
    assert keras.__version__.startswith(MENDED)


def test_stock_keras_cannot_build_from_a_distributed_batch(outcomes):
    assert "unsupported type" in outcomes["build"], "mend 1 may go"


def test_stock_keras_cannot_average_scalar_results(outcomes):
    assert "Invalid reduction dimension" in outcomes["reduce"], "mend 2 may go"


def test_stock_keras_cannot_run_several_steps_per_execution(outcomes):
    assert outcomes["one step"] == "works"  # with what was said above mended
    assert "You must feed a value for placeholder" in outcomes["several steps"], "mend 3 may go"
