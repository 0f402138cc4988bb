import sys

import numpy as np
import pytest

from keras_transfer.evaluation import tfidf_baseline

module = sys.modules[tfidf_baseline.__module__]

ENGLISH = {
    "sea": ["the boat sails", "a ship at sea", "waves and fish"],
    "land": ["the horse runs", "a farm and corn", "cows eat grass"],
}
CHINESE = {
    "food": ["这家餐厅的菜很好吃", "服务员上菜很快", "菜太咸不好吃"],
    "phone": ["手机屏幕很清楚", "手机电池不耐用", "屏幕太小的手机"],
}


def learn(classes, questions, **more):
    texts = [text for group in classes.values() for text in group]
    labels = np.repeat(np.arange(len(classes)), [len(group) for group in classes.values()])
    return tfidf_baseline(texts, labels, questions, **more)(0).tolist()


@pytest.mark.parametrize(
    ("classes", "questions"),
    [(ENGLISH, ["fish and ship", "grass, corn"]), (CHINESE, ["这道菜好吃", "新手机的电池"])],
)
def test_words_and_characters_tell_classes(classes, questions):
    assert learn(classes, questions) == [0, 1]


def test_validation_texts_choose():
    held = (["ship", "corn"], np.array([0, 1]))
    assert learn(ENGLISH, ["boat", "horse"], validation=held) == [0, 1]


def test_one_text_a_class_and_texts_without_words():
    assert learn({"glad": ["😀😀"], "sad": ["😢😢"]}, ["😢"]) == [1]


def test_unseen_class_numbers_stay_numbers():
    texts, labels = ["red", "red wine", "blue", "blue sky"], np.array([5, 5, 2, 2])
    assert tfidf_baseline(texts, labels, ["blue"])(0).tolist() == [2]


def test_large_sets_are_split_once():
    texts = [f"{'left' if number % 2 else 'right'} {number}" for number in range(2400)]
    predict = tfidf_baseline(texts, np.arange(2400) % 2, ["left", "right"])
    assert predict(0).tolist() == [1, 0]


def test_pairs_are_compared():
    words = ["boat", "ship", "horse", "farm", "corn", "wave", "fish", "grass"]
    alike = [(f"a {word}", f"the {word}") for word in words]
    other = [(f"a {word}", f"the {next_one}") for word, next_one in zip(words, words[1:] + words[:1], strict=True)]
    predict = tfidf_baseline(alike + other, np.repeat([1, 0], 8), [("a tree", "the tree"), ("a tree", "the moon")])
    assert predict(0).tolist() == [1, 0]


def test_few_texts_in_the_space_they_span_are_fitted_as_on_all_features(monkeypatch):
    texts = [f"{word} {number % 7} {kind}" for kind in ("up", "down") for number, word in enumerate("abcdefgh" * 2)]
    labels, asked = np.repeat([0, 1], 16), [f"{word} {number} u" for number, word in enumerate("hgfedcba")]
    quick = module._numbers(module._array(texts), module._array(asked))
    monkeypatch.setattr(module, "_MOST_FOLDED", 0)
    plain = module._numbers(module._array(texts), module._array(asked))
    assert quick[0].shape[1] <= len(texts) < plain[0].shape[1]
    for strength in module.STRENGTHS:
        one, other = (
            module._regression(strength).set_params(tol=1e-10, max_iter=10000).fit(train, labels).predict_proba(held)
            for train, held in (quick, plain)
        )
        np.testing.assert_allclose(one, other, atol=1e-5)
