import pytest

from keras_transfer.evaluation import verdict


def table(finetuned, scratch, probe=0.0, std=0.02, seeds=3, **others):
    return {
        arm: {"accuracy": {"mean": mean, "std": std, "seeds": [mean] * seeds}}
        for arm, mean in {"finetuned": finetuned, "scratch": scratch, "probe": probe, **others}.items()
    }


@pytest.mark.parametrize(
    ("finetuned", "scratch", "says"),
    [(0.9, 0.8, "Fine-tuned beats scratch by 0.100"), (0.8, 0.9, "did not help"), (0.81, 0.8, "No clear difference")],
)
def test_says_what_the_numbers_say(finetuned, scratch, says):
    assert says in verdict(table(finetuned, scratch))


def test_one_seed_proves_nothing():
    line = verdict(table(0.9, 0.8, std=0.0, seeds=1))
    assert "ahead of scratch by 0.100" in line and "one seed" in line and "beats" not in line


def test_a_better_probe_is_said():
    assert "finetune.recipe=probe" in verdict(table(0.8, 0.7, probe=0.9))
    assert "finetune.recipe=probe" not in verdict(table(0.8, 0.7, probe=0.81))


@pytest.mark.parametrize(
    ("old", "says"), [(0.9, "is better still, without a network: 0.900"), (0.8, "does as well"), (0.7, "is behind")]
)
def test_the_old_way_is_weighed_too(old, says):
    line = verdict(table(0.81, 0.6, **{"TF-IDF": old}))
    assert "TF-IDF" in line and says in line and "beats scratch" in line


def test_the_old_way_is_held_against_the_better_network():
    line = verdict(table(0.44, 0.41, probe=0.5, std=0.01, **{"TF-IDF": 0.47}))
    assert line.endswith("TF-IDF, without a network, is behind: 0.470 accuracy against 0.500.")
