"""Every objective that the image template offers makes a project whose stages run."""

import json
import pathlib
import sys
import types

import numpy as np
import pytest
from PIL import Image

from keras_transfer.data import cut_mix, mix_up, shard
from keras_transfer.project import image_schema, load_config
from keras_transfer.project.image_schema import AUGMENT, OBJECTIVES
from tests.templates.stages import make, run

FEW = ["pretrain.epochs=1", "pretrain.batch_size=8", "finetune.epochs=1", "evaluate.seeds=1", "encoder.width=4"]


def tiny(folder, shape):
    """A data set of its own size, with labels that are not 0, 1, 2."""
    generator = np.random.default_rng(0)
    arrays = {name: generator.integers(0, 256, (count, *shape), np.uint8) for name, count in COUNTS.items()}
    labels = {"y_labelled": np.tile([3, 7], 6), "y_test": np.tile([3, 7], 3)}
    np.savez(folder / "tiny.npz", **arrays, **labels)
    return folder / "tiny.npz"


COUNTS = {"x_unlabelled": 24, "x_labelled": 12, "x_test": 6}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((12, 12), []),
        ((16, 16, 3), ["finetune.augment=cutmix", "finetune.class_weight=balanced"]),
    ],
)
def test_all_stages(tmp_path, monkeypatch, shape, settings):
    data = tiny(tmp_path, shape)
    named = [f"data.{part}={data}" for part in ("unlabelled", "labelled", "test")]
    project = make(
        tmp_path / "project", "image", *(part for setting in [*FEW, *settings, *named] for part in ("--set", setting))
    )
    for stage in ("pretrain", "finetune", "evaluate", "export"):
        run(project, stage, monkeypatch)
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    assert set(report["test"]) == {"majority", "random_encoder", "scratch", "probe", "finetuned"}
    for row in report["test"].values():
        assert len(row["accuracy"]["seeds"]) == len(row["macro_f1"]["seeds"]) == 1
    assert report["class_names"] == ["3", "7"]
    assert set(report["seconds"]) >= {"pretrain", "finetune", "evaluate"}
    assert report["config"]["pretrain"]["batch_size"] == 8
    assert (latest / "exported" / "saved_model.pb").is_file()
    assert list((latest / "logs" / "pretrain").rglob("events.*"))


@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_pretrains(tmp_path, monkeypatch, objective):
    data = tiny(tmp_path, (16, 16, 3))
    project = make(tmp_path / "project", "image", "--objective", objective)
    settings = [*FEW, f"data.unlabelled={data}", f"data.labelled={data}"]
    run(project, "pretrain", monkeypatch, *settings)
    assert (project / "runs" / "latest" / "encoder.keras").is_file()


@pytest.mark.slow
def test_pretrains_from_shards(tmp_path, monkeypatch, capsys):
    for i, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (24, 16, 16, 3), np.uint8)):
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{i}.png")
    shard(tmp_path / "photos", tmp_path / "shards", samples=10, processes=1)
    project = make(tmp_path / "project", "image")
    labelled = f"data.labelled={tiny(tmp_path, (16, 16, 3))}"
    run(project, "pretrain", monkeypatch, *FEW, f"data.unlabelled={tmp_path / 'shards'}", labelled)
    assert "24 images are read from shards" in capsys.readouterr().out
    assert (project / "runs" / "latest" / "encoder.keras").is_file()


@pytest.mark.parametrize("augment", AUGMENT)
def test_augmentation_is_what_the_config_says(tmp_path, monkeypatch, augment):
    project = make(tmp_path / "project", "image")
    monkeypatch.syspath_prepend(str(project))
    monkeypatch.delitem(sys.modules, "data", raising=False)
    import data

    monkeypatch.delitem(sys.modules, "data")  # of this project alone
    config = load_config(project / "config.yaml", image_schema(), [f"finetune.augment={augment}"])
    pixels = np.random.default_rng(0).random((4, 8, 8, 1), np.float32)
    images = types.SimpleNamespace(image_shape=(8, 8, 1))
    found = data.augmentation(config, images)
    seeds = np.arange(8, dtype=np.int32).reshape(4, 2)
    changed = np.asarray(found["augment"](pixels, seeds))
    assert changed.shape == pixels.shape and np.abs(changed - pixels).max() > 0.1
    assert found["mix"] is {"mixup": mix_up, "cutmix": cut_mix}.get(augment)
    if augment == "randaugment":
        weak = load_config(project / "config.yaml", image_schema())
        assert np.abs(changed - np.asarray(data.augmentation(weak, images)["augment"](pixels, seeds))).max() > 0.1


def test_template_files_are_lintable():
    root = pathlib.Path(__file__).resolve().parents[2] / "templates"
    for path in root.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
