import pytest

from keras_transfer.project import Field, RunError, RunFolder, load_config
from keras_transfer.project.fixed_values import save_snapshot, with_fixed_values

SCHEMA = {
    "encoder": {"width": Field(int, 32, fixed_by="pretrain"), "sizes": Field(list[int], (1, 2), fixed_by="pretrain")},
    "pretrain": {"epochs": Field(int, 30, fixed_by="pretrain", free_on_resume=True)},
    "finetune": {"rate": Field(float, 1e-3, fixed_by="finetune")},
    "run": {"seed": Field(int, 0)},
}


def read(text="{}", *overrides):
    return load_config("config.yaml", SCHEMA, overrides, text=text)


@pytest.fixture
def run(tmp_path):
    """A run that was pretrained with a width of 8, for 3 epochs, with seed 5."""
    run = RunFolder.create(tmp_path)
    save_snapshot(read("{}", "encoder.width=8", "pretrain.epochs=3", "run.seed=5", "finetune.rate=1e-5"), run)
    with run.time("pretrain"):
        pass
    return run


def test_later_stages_keep_what_pretraining_fixed_and_read_the_rest(run):
    config, notes = with_fixed_values(read("encoder: {width: 16}"), SCHEMA, run, "finetune", False)
    assert (config.encoder.width, config.pretrain.epochs) == (8, 3)
    assert (config.finetune.rate, config.run.seed) == (1e-3, 0)
    assert notes == [
        f"encoder.width=8, as in the stage `pretrain` of {run.path}; config.yaml:1:18 says 16",
        f"pretrain.epochs=3, as in the stage `pretrain` of {run.path}; the default says 30",
    ]
    assert config.where("encoder.width") == str(run / "config.yaml")


def test_a_stage_that_ran_again_may_change_its_own(run):
    save_snapshot(read("{}", "encoder.width=8", "pretrain.epochs=3", "finetune.rate=1e-5"), run)
    with run.time("finetune"):
        pass
    config, _ = with_fixed_values(read("{}", "finetune.rate=1e-2"), SCHEMA, run, "finetune", False)
    assert config.finetune.rate == 1e-2
    config, _ = with_fixed_values(read(), SCHEMA, run, "evaluate", False)
    assert config.finetune.rate == 1e-5


def test_the_same_value_is_no_contradiction(run):
    same = read("{}", "encoder.width=8", "pretrain.epochs=3")
    assert with_fixed_values(same, SCHEMA, run, "finetune", False) == (same, [])


def test_a_contradiction_on_the_command_line_is_refused(run):
    with pytest.raises(RunError, match=r"--set encoder.width=16: .* has encoder.width=8 since its stage `pretrain`"):
        with_fixed_values(read("{}", "encoder.width=16"), SCHEMA, run, "finetune", False)


def test_a_resumed_stage_may_change_its_epochs_and_no_more(run):
    config, notes = with_fixed_values(read("{}", "encoder.width=8", "pretrain.epochs=9"), SCHEMA, run, "pretrain", True)
    assert (config.pretrain.epochs, notes) == (9, [])
    with pytest.raises(
        RunError, match=r"`encoder.width` was 8 when .* began, and is now 16 \(--set encoder.width=16\)"
    ):
        with_fixed_values(read("{}", "encoder.width=16"), SCHEMA, run, "pretrain", True)


def test_a_new_run_fixes_nothing_yet(tmp_path):
    config = read("encoder: {width: 16}")
    assert with_fixed_values(config, SCHEMA, RunFolder.create(tmp_path), "pretrain", False) == (config, [])


def test_a_key_that_the_run_did_not_know_is_read_afresh(run):
    schema = {**SCHEMA, "model": {"dropout": Field(float, 0.5, fixed_by="pretrain")}}
    config = load_config("config.yaml", schema, ["encoder.width=8", "pretrain.epochs=3"], text="{}")
    assert with_fixed_values(config, schema, run, "finetune", False) == (config, [])


def test_a_damaged_snapshot_is_named(run):
    (run / "config.yaml").write_text("a: [")
    with pytest.raises(RunError, match=r"config.yaml: damaged"):
        with_fixed_values(read(), SCHEMA, run, "finetune", False)
