import numpy as np
import pytest

from keras_transfer.metrics import text_scores


def f1(wanted, written, size):
    """ROUGE-N as in the paper, from counted n-grams."""
    grams = [[tuple(words[i : i + size]) for i in range(len(words) - size + 1)] for words in (wanted, written)]
    both = sum(min(grams[0].count(gram), grams[1].count(gram)) for gram in set(grams[0]))
    recall, precision = both / max(1, len(grams[0])), both / max(1, len(grams[1]))
    return 2 * recall * precision / (recall + precision) if both else 0.0


class TestTextScores:
    def test_rouge_is_the_papers(self):
        pairs = [
            ("the cat sat on the mat", "the cat lay on a mat"),
            ("Größe zählt, oder?", "die Größe zählt"),
            ("a b", "c"),
        ]
        found = text_scores(*zip(*pairs, strict=True))
        words = [[one.lower().replace(",", "").replace("?", "").split() for one in pair] for pair in pairs]
        assert found["rouge_1"] == pytest.approx(np.mean([f1(*pair, 1) for pair in words]))
        assert found["rouge_2"] == pytest.approx(np.mean([f1(*pair, 2) for pair in words]))
        # Longest common subsequences: the cat on mat; größe zählt; none.
        assert found["rouge_l"] == pytest.approx(np.mean([4 / 6, 4 / 6, 0]))

    @pytest.mark.parametrize("text", ["the quick brown fox jumps over", "我们今天去公园散步吧"])
    def test_what_is_the_same_scores_one_and_nothing_zero(self, text):
        assert text_scores([text], [text]) == pytest.approx(dict.fromkeys(text_scores([text], [text]), 1.0))
        assert max(text_scores([text], [""]).values()) == 0

    def test_unequal_numbers_are_named(self):
        with pytest.raises(ValueError, match="2 and 1"):
            text_scores(["a", "b"], ["a"])
