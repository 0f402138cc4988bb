import json
import subprocess

import pytest

from keras_transfer import distribution
from keras_transfer.cli import doctor as doctor_module


def test_a_sound_machine(type_in):
    result = type_in("doctor", "--json")
    told = json.loads(result.stdout)
    findings = {item["name"]: item for item in told["findings"]}
    assert (result.exit_code, told["ok"]) == (0, True), told
    names = {"python", "tensorflow", "keras", "keras-nlp", "keras-cv", "tensorboard", "memory", "disk", "strategy"}
    assert names | {"one step of training", "mixed_bfloat16", "mixed_float16"} <= set(findings)
    name, reason = distribution.explain("auto")
    assert findings["strategy"]["detail"].startswith(f"{name}: {reason}")


@pytest.fixture
def quick(monkeypatch):
    """Only the checks a test is about."""

    def keep(*names):
        for name in (
            "_python",
            "_packages",
            "_memory",
            "_disk",
            "_devices",
            "_strategy",
            "_training",
            "_mixed_precision",
        ):
            if name not in names:
                monkeypatch.setattr(doctor_module, name, lambda: [])

    return keep


def test_an_old_version_is_wrong(type_in, monkeypatch, quick):
    quick("_packages")
    monkeypatch.setattr(
        doctor_module.importlib.metadata, "requires", lambda name: ["keras>=99.1", 'ruff>=0.6; extra == "dev"']
    )
    result = type_in("doctor")
    assert result.exit_code == 1
    assert "WRONG  keras " in result.output
    assert "; 99.1 or newer is needed" in result.output
    assert result.output.splitlines()[-1] == "Something is wrong: keras."


def test_a_missing_package_is_wrong(type_in, monkeypatch, quick):
    quick("_packages")
    monkeypatch.setattr(doctor_module, "_PACKAGES", ("keras", "no-such-package"))
    result = type_in("doctor")
    assert result.exit_code == 1
    assert "not installed; run `pip install no-such-package`" in result.output


def test_a_step_that_does_not_train_is_wrong(type_in, monkeypatch, quick):
    import keras

    quick("_training")
    monkeypatch.setattr(keras.Model, "fit", lambda *arguments, **options: history([float("nan")]))
    result = type_in("doctor")
    assert (result.exit_code, "the loss is nan" in result.output) == (1, True)
    monkeypatch.setattr(keras.Model, "fit", lambda *arguments, **options: history([0.5]))
    assert "no weight changed" in type_in("doctor").output
    monkeypatch.setattr(keras.Model, "fit", explode)
    assert "ResourceWarning: out of\n" not in type_in("doctor").output
    assert "RuntimeError: out of memory" in type_in("doctor").output


def history(losses):
    import keras

    made = keras.callbacks.History()
    made.history = {"loss": losses}
    return made


def explode(*arguments, **options):
    raise RuntimeError("out of\nmemory")


def test_a_wrong_cluster_is_wrong(type_in, monkeypatch, quick):
    quick("_strategy")
    monkeypatch.setenv("TF_CONFIG", "{")
    result = type_in("doctor")
    assert result.exit_code == 1
    assert "WRONG  strategy " in result.output and "TF_CONFIG is not JSON" in result.output


def test_a_cluster_is_explained_and_not_waited_for(type_in, monkeypatch, quick):
    quick("_strategy", "_training")
    workers = {"worker": ["a:1", "b:1"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": workers, "task": {"type": "worker", "index": 1}}))
    result = type_in("doctor")
    assert result.exit_code == 0, result.output
    assert "multi_worker: TF_CONFIG names 2 workers" in result.output


def test_little_room_is_wrong(type_in, monkeypatch, quick):
    quick("_disk", "_memory")
    monkeypatch.setattr(doctor_module, "_LITTLE_DISK", 2**80)
    monkeypatch.setattr(doctor_module, "_LITTLE_MEMORY", 2**80)
    assert type_in("doctor").output.splitlines()[-1] == "Something is wrong: memory, disk."


def test_the_command_itself_exits_with_1(monkeypatch, tmp_path):
    """As a script would see it; without TensorFlow on the path, which is the first thing to go wrong."""
    (tmp_path / "tensorflow.py").write_text("raise ImportError('broken')\n")
    code = "import sys; sys.argv = ['keras-transfer', 'doctor']; from keras_transfer.cli.main import main; main()"
    import os
    import sys

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert "ImportError: broken" in done.stdout
    assert "Traceback" not in done.stderr
