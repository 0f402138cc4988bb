"""Every bad input is refused in words that name it, with nothing run and nothing written; see `python -m tests.hostile`."""

import pytest

from keras_transfer import data, transfer
from tests.hostile import arrays, checkpoints, images, models
from tests.hostile.cases import all_cases
from tests.hostile.judge import judge

CASES = all_cases()


def test_what_they_are_made_of_is_sound(tmp_path):
    """So that each case is refused for what was done to it."""
    (tmp_path / "x.keras").write_bytes(models.packed(models.members()))
    (tmp_path / "x.weights.h5").write_bytes(models.members()["model.weights.h5"])
    (tmp_path / "x.safetensors").write_bytes(models.safetensors(models.tensor(), bytes(32)))
    (tmp_path / "x.npz").write_bytes(arrays.archive(x_labelled=arrays.npy(arrays.X), y_labelled=arrays.npy(arrays.Y)))
    (tmp_path / "photos").mkdir()
    for ending, content in (("jpg", images.JPEG), ("png", images.PNG), ("gif", images.GIF), ("webp", images.WEBP)):
        (tmp_path / "photos" / f"x.{ending}").write_bytes(content)
    assert transfer.load_model(tmp_path / "x.keras").count_params() == 10
    for name in ("x.keras", "x.weights.h5", "x.safetensors"):
        assert transfer.copy_weights(str(tmp_path / name), models.target()).moved, name
    assert len(data.load_images(labelled=tmp_path / "x.npz").x_labelled) == 6
    assert len(data.load_images(tmp_path / "photos").x_unlabelled) == 4
    assert checkpoints.state()(tmp_path)().number == 1


def test_there_are_enough():
    assert len(CASES) >= 150


# Names and answers at the command line have tests of their own in tests/cli.
@pytest.mark.parametrize(
    "case", [key for key in CASES if not key[1].startswith(("name ", "answer "))], ids=lambda key: f"{key[0]}: {key[1]}"
)
def test_is_held(case, tmp_path):
    assert judge(tmp_path, *CASES[case]) is None


def test_what_is_accepted_is_no_refusal(tmp_path):
    assert judge(tmp_path, lambda folder: lambda: None, "x") == "it was accepted"


def test_what_is_written_is_seen(tmp_path):
    def use():
        (tmp_path / "pwned").write_text("x")
        raise ValueError("x")

    assert "files changed" in judge(tmp_path, lambda folder: use, "x")


def test_an_error_by_accident_is_no_refusal(tmp_path):
    def use():
        raise KeyError("x")

    assert judge(tmp_path, lambda folder: use, "x") == "KeyError: 'x'"
