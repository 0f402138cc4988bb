import os

import keras
import pytest

from keras_transfer.project import Field, RunFolder, image_schema, run_stage
from keras_transfer.project.shared_sections import run_section

SCHEMA = {"train": {"epochs": Field(int, 3, minimum=1, fixed_by="pretrain", free_on_resume=True)}, "run": run_section()}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text("train:\n  epochs: 3\nrun:\n  seed: 7\n")
    policy = keras.config.dtype_policy()
    yield tmp_path
    keras.config.set_dtype_policy(policy)


def test_runs_a_stage_in_a_new_run(capsys):
    seen = []

    def pretrain(config, run):
        seen.append((config.train.epochs, run.resumed, run.is_chief, run.strategy.num_replicas_in_sync))
        (run / "encoder").write_text("weights")
        seen.append(float(keras.random.uniform((), seed=keras.random.SeedGenerator())))

    run = run_stage(pretrain, SCHEMA, argv=["--set", "train.epochs=5"])
    assert seen[0] == (5, False, True, 1)
    assert (run / "encoder").read_text() == "weights"
    assert "epochs: 5" in (run / "config.yaml").read_text()
    assert run.is_finished("pretrain")
    out = capsys.readouterr().out
    assert out.startswith(f"pretrain: {run.path}\n")
    assert "pretrain: done in" in out
    run_stage(pretrain, SCHEMA, argv=["--set", "train.epochs=5"])
    assert seen[1] == seen[3], "the same seed must draw the same numbers"


def test_later_stages_follow_the_newest_run(capsys):
    first = run_stage(named("pretrain"), SCHEMA, argv=["--set", "train.epochs=5"])
    config = []
    run = run_stage(named("finetune", config.append), SCHEMA, requires=["pretrain"], argv=[])
    assert run.path == first.path
    assert config[0].train.epochs == 5
    assert "note: train.epochs=5, as in the stage `pretrain`" in capsys.readouterr().err


def test_precision_holds_while_the_stage_runs():
    seen = []
    run_stage(named("pretrain", lambda config: seen.append(keras.layers.Dense(1).compute_dtype)), SCHEMA,
              argv=["--set", "run.precision=mixed_bfloat16"])  # fmt: skip
    assert seen == ["bfloat16"]


def test_an_interrupted_stage_resumes_where_it_was(capsys):
    def pretrain(config, run):
        run.progress.mkdir(parents=True)
        (run.progress / "epoch").write_text("2")
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        run_stage(pretrain, SCHEMA, argv=[])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted; `python pretrain.py --resume` goes on with it\n"

    def resumed(config, run):
        assert run.resumed
        assert (run.progress / "epoch").read_text() == "2"

    resumed.__name__ = "pretrain"
    run = run_stage(resumed, SCHEMA, argv=["--resume", "--set", "train.epochs=9"])
    assert run.stages["pretrain"] | {"started": "", "seconds": 0} == {
        "state": "finished", "seconds": 0, "started": "", "attempts": 2,
    }  # fmt: skip
    assert len([path for path in run.path.parent.iterdir() if not path.is_symlink()]) == 1
    assert "epochs: 9" in (run / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            ["--set", "train.epoch=3"],
            "error: --set train.epoch=3: unknown key `train.epoch`; did you mean `train.epochs`?",
        ),
        (["--config", "none.yaml"], "error: none.yaml: cannot be read: No such file or directory"),
        (["--set", "train.epochs=0"], "error: --set train.epochs=0: `train.epochs` must be >= 1. Received: 0"),
    ],
)
def test_a_wrong_config_is_one_line_and_no_run(argv, line, capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        run_stage(named("pretrain"), SCHEMA, argv=argv)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{line}\n"
    assert not (tmp_path / "runs").exists()


def test_a_stage_too_early_is_one_line(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        run_stage(named("finetune"), SCHEMA, requires=["pretrain"], argv=[])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "error: runs: no such run; there are no runs yet\n"
    assert not (tmp_path / "runs").exists()


def test_help_is_the_docstring(capsys):
    def pretrain(config, run):
        """Pretrain the encoder."""

    with pytest.raises(SystemExit) as ended:
        run_stage(pretrain, SCHEMA, argv=["--help"])
    assert ended.value.code == 0
    assert "Pretrain the encoder." in capsys.readouterr().out


def test_two_writers_are_refused(capsys):
    run = run_stage(named("pretrain"), SCHEMA, argv=[])

    def finetune(config, outer):
        with pytest.raises(SystemExit):
            run_stage(named("evaluate"), SCHEMA, requires=["pretrain"], argv=[])

    run_stage(finetune, SCHEMA, requires=["pretrain"], argv=[])
    assert f"error: {run.path}: another process is writing this run" in capsys.readouterr().err
    assert set(run.stages) == {"pretrain", "finetune"}


def test_a_failing_stage_keeps_its_traceback():
    def pretrain(config, run):
        raise ValueError("from the script")

    with pytest.raises(ValueError, match="from the script"):
        run_stage(pretrain, SCHEMA, argv=[])
    assert RunFolder.open("runs").stages["pretrain"]["state"] == "interrupted"


def test_from_another_folder(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run = run_stage(named("pretrain"), SCHEMA, argv=["--config", "../config.yaml"])
    assert os.path.samefile(run.path.parent, tmp_path / "runs")


def test_image_schema_has_what_run_stage_needs(tmp_path):
    (tmp_path / "config.yaml").write_text("{}")
    assert run_stage(named("pretrain"), image_schema(), argv=[]).is_finished("pretrain")


def named(name, action=lambda config: None):
    def stage(config, run):
        action(config)

    stage.__name__ = name
    return stage
