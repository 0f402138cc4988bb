import keras
import numpy as np
import pytest

from keras_transfer.evaluation import compare_pairs, print_table


class Pair:
    """Two embedders around a matrix each: images of three numbers, texts of one token."""

    def __init__(self, texts):
        self.texts = np.asarray(texts, np.float32)

    def image_embedder(self):
        images = keras.Input((3,))
        return keras.Model(images, keras.layers.UnitNormalization()(images))

    def text_embedder(self):
        tokens = keras.Input((1,), dtype="int32")
        layer = keras.layers.Embedding(len(self.texts), 3)
        model = keras.Model(tokens, keras.layers.UnitNormalization()(keras.layers.Flatten()(layer(tokens))))
        layer.embeddings.assign(self.texts)
        return model


def compared(**options):
    images = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    pairs = [(row, row // 4) for row in range(12)]
    arguments = dict(prompts=[[[0]], [[1]], [[2]]], labels=np.repeat([0, 1, -1], 4), ks=(1, 2), seeds=2)
    untrained = Pair(np.ones((3, 3)))
    return compare_pairs(
        Pair(np.eye(3)), lambda: untrained, images, np.arange(3)[:, None], pairs, **{**arguments, **options}
    )


def means(report):
    return {arm: {name: score["mean"] for name, score in row.items()} for arm, row in report["test"].items()}


def test_scores_are_those_of_what_is_known(capsys):
    report = compared()
    trained, untrained, chance = (means(report)[arm] for arm in ("trained", "untrained", "chance"))
    assert set(trained.values()) == {1.0}
    assert trained.keys() == {
        "zero_shot_accuracy",
        "text_in_first_1",
        "text_in_first_2",
        "image_in_first_1",
        "image_in_first_2",
    }
    # A third of the texts, and four images of twelve, belong.
    assert chance["zero_shot_accuracy"] == pytest.approx(1 / 3)
    assert chance["text_in_first_1"] == pytest.approx(1 / 3)
    assert chance["image_in_first_1"] == pytest.approx(1 / 3)
    assert chance["image_in_first_2"] == pytest.approx(1 - 8 / 12 * 7 / 11)
    # Texts that are all alike tell nothing.
    assert untrained["text_in_first_1"] == pytest.approx(1 / 3)
    assert len(report["test"]["untrained"]["text_in_first_1"]["seeds"]) == 2
    assert report["verdict"].startswith("Trained: zero-shot accuracy 1.000, against 0.500 untrained and 0.333")
    print_table(report)
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("zero-shot accuracy", "untrained", "1.000", "0.333 ± 0.000", "Trained:"))


def test_without_labels_the_search_is_scored():
    report = compared(prompts=None, labels=None)
    assert "zero_shot_accuracy" not in report["test"]["trained"]
    assert report["verdict"].startswith("Trained: text in first 1 1.000")


def test_training_in_vain_is_said():
    report = compared()
    worse = compare_pairs(
        Pair(-np.eye(3)),
        lambda: Pair(np.ones((3, 3))),
        np.eye(3, dtype=np.float32),
        np.arange(3)[:, None],
        [(row, row) for row in range(3)],
    )
    assert report["verdict"] != worse["verdict"]
    assert worse["verdict"].startswith("Training did not help: text in first 1 0.000")
