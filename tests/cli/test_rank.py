import json

import keras
import numpy as np
import pytest

from keras_transfer.cli.rank import _SCORES
from keras_transfer.encoders import small_cnn
from keras_transfer.evaluation import RANKED_BY
from keras_transfer.transfer import classifier

RNG = np.random.default_rng(0)


@pytest.fixture
def data(home):
    """Bright or dark images; the test part is damaged, since nobody is to look at it."""
    y = np.arange(24) % 2
    x = (RNG.random((24, 16, 16)) * 60 + 120 * y[:, None, None]).astype(np.uint8)
    np.savez(home / "all.npz", x_labelled=x, y_labelled=y, x_test=np.zeros(3), y_test=np.zeros(7))
    return home / "all.npz"


def test_choices_are_those_of_the_library():
    assert tuple(RANKED_BY) == _SCORES


def test_files_runs_classifiers_and_random_ones(type_in, home, data):
    encoder = small_cnn((16, 16, 1), width=4)
    (home / "runs" / "first").mkdir(parents=True)
    encoder.save(home / "runs" / "first" / "encoder.keras")
    classifier(encoder, 3).save(home / "classifier.keras")
    result = type_in("rank", data, "runs/first", "classifier.keras", "vit", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    rows = {row["name"]: row for row in found["rows"]}
    assert (found["samples"], found["classes"], found["by"]) == (24, 2, "log_me")
    assert set(rows) == {"runs/first", "classifier.keras", "vit (random)"}
    # The head of the classifier is left out: what is below is the encoder of the run.
    assert rows["classifier.keras"]["width"] == rows["runs/first"]["width"] == 16
    assert rows["classifier.keras"]["log_me"] == pytest.approx(rows["runs/first"]["log_me"], rel=1e-4)


def test_table_of_layers(type_in, home, data):
    small_cnn((16, 16, 1), width=4).save(home / "encoder.keras")
    result = type_in("rank", data, "encoder.keras", "--layers", "--by", "log_me")
    assert result.exit_code == 0
    assert result.stdout.startswith("24 labelled images of 2 classes, sorted by log_me")
    assert all(f" stage{i} " in result.stdout for i in (1, 2, 3)) and "n-leep" in result.stdout


def test_a_keras_hub_preset(type_in, home, data):
    import keras_hub

    backbone = keras_hub.models.ViTBackbone((16, 16, 1), 8, 1, 2, 8, 16)
    backbone.save_to_preset(home / "preset")
    result = type_in("rank", data, "preset", "small_cnn", "--json")
    assert result.exit_code == 0, result.output
    assert {row["name"]: row["width"] for row in json.loads(result.stdout)["rows"]}["preset"] == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["all.npz", "absent.keras"], "absent.keras: no such file or folder"),
        (["absent/", "vit"], "no file or folder at absent"),
        (["all.npz", "empty"], "empty is neither a run's folder"),
        (["all.npz", "all.npz"], "all.npz"),
        (
            ["all.npz", "other.keras"],
            r"other.keras takes inputs of shape (None, 5). Received: images of shape (16, 16, 1)",
        ),
        (["all.npz", "vit", "vit"], "vit is named twice"),
        (["all.npz", "vit", "small_cnn", "--layers"], "those of one encoder"),
        (["plain.npz", "vit"], "no labelled part. Received: unlabelled"),
        (["words.txt", "vit"], "only encoders of images"),
    ],
)
def test_bad_input_is_one_line(type_in, home, data, arguments, message):
    (home / "empty").mkdir()
    (home / "words.txt").write_text("a\nb\n")
    np.savez(home / "plain.npz", x_unlabelled=np.zeros((4, 16, 16), np.uint8))
    keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]).save(home / "other.keras")
    result = type_in("rank", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split()) and len(result.stderr.splitlines()) == 1
