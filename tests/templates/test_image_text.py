"""Both objectives of the image-text template make projects whose stages run."""

import json

import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.cli.scaffold_template import load_template
from keras_transfer.project.image_text_schema import OBJECTIVES
from tests.templates.stages import make, run

FEW = [
    "pretrain.epochs=1",
    "pretrain.batch_size=8",
    "evaluate.seeds=1",
    "encoder.width=4",
    "text.width=8",
    "text.layers=1",
]


def tiny(folder, **more):
    generator = np.random.default_rng(0)
    texts = [f"a {'dark' if number % 2 else 'light'} picture of {number}" for number in range(30)]
    x = generator.integers(0, 256, (30, 12, 12, 3), np.uint8)
    np.savez(folder / "tiny.npz", x=x, texts=texts, **more)
    return folder / "tiny.npz"


@pytest.mark.slow
def test_all_stages(tmp_path, monkeypatch, capsys):
    labels = ["dark" if number % 2 else "light" for number in range(30)]
    data = tiny(tmp_path, labels=labels, split=["train"] * 20 + ["test"] * 10)
    settings = [*FEW, f"data.pairs={data}"]
    arguments = [part for setting in settings for part in ("--set", setting)]
    project = make(tmp_path / "project", "image-text", *arguments)
    for stage in ("pretrain", "evaluate", "export"):
        run(project, stage, monkeypatch)
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    assert set(report["test"]) == {"chance", "untrained", "trained"}
    assert report["test"]["chance"]["zero_shot_accuracy"]["mean"] == 0.5
    assert report["test"]["chance"]["text_in_first_5"]["mean"] == 0.5
    assert report["class_names"] == ["dark", "light"]
    assert report["config"]["pretrain"]["objective"] == "clip"
    assert (latest / "encoder.keras").is_file()
    classifier = tf.saved_model.load(str(latest / "exported" / "classifier"))
    np.testing.assert_allclose(np.sum(classifier.serve(np.zeros((2, 12, 12, 3), np.float32)), axis=1), 1, rtol=1e-5)
    images = tf.saved_model.load(str(latest / "exported" / "images"))
    assert images.serve(np.zeros((2, 12, 12, 3), np.float32)).shape == (2, 64)
    assert list((latest / "logs" / "pretrain").rglob("events.*"))
    with pytest.raises(SystemExit):
        run(project, "evaluate", monkeypatch, "evaluate.prompts=[a photo]")
    assert "evaluate.prompts must hold wordings with {}" in capsys.readouterr().err


@pytest.mark.slow
def test_siglip_without_labels(tmp_path, monkeypatch):
    data = tiny(tmp_path)
    project = make(tmp_path / "project", "image-text", "--objective", "siglip")
    settings = [*FEW, f"data.pairs={data}", "text.tokenizer=bytes", "text.length=12"]
    for stage in ("pretrain", "evaluate", "export"):
        run(project, stage, monkeypatch, *settings)
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    assert "zero_shot_accuracy" not in report["test"]["trained"]
    assert (latest / "exported" / "texts" / "saved_model.pb").is_file()
    assert not (latest / "exported" / "classifier").exists()


def test_missing_data_are_named(tmp_path, monkeypatch, capsys):
    project = make(tmp_path / "project", "image-text")
    with pytest.raises(SystemExit) as stopped:
        run(project, "pretrain", monkeypatch, "data.pairs=none.csv")
    assert stopped.value.code == 2
    assert "none.csv is no file" in capsys.readouterr().err


def test_the_template_offers_both_objectives():
    assert set(load_template("image-text").question("objective").choices) == set(OBJECTIVES) == {"clip", "siglip"}
