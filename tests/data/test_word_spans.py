import pytest

from keras_transfer.data import word_spans


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 3.5% of U.S. trade_2!", ["It", "'", "s", "3", ".", "5", "%", "of", "U", ".", "S", ".", "trade_2", "!"]),
        ("猫は日本  語です。", ["猫", "は", "日", "本", "語", "で", "す", "。"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),  # vowel signs are no letters for Python
        ("cafe\u0301 \t\nté", ["cafe\u0301", "té"]),
        ("ที่", ["ที่"]),
        ("한국어 말", ["한국어", "말"]),
        ("\u0301a 👍🏽", ["\u0301", "a", "👍", "🏽"]),
        (" \n", []),
    ],
)
def test_words_of_any_script(text, words):
    spans = word_spans(text)
    assert spans.shape == (len(words), 2) and spans.dtype == "int32"
    assert [text[begin:end] for begin, end in spans] == words


def test_every_sign_but_white_space_is_in_one_word():
    text = "".join(map(chr, range(0x3100))) + "\u200d𠀀\U0001f600"
    inside = [place for begin, end in word_spans(text).tolist() for place in range(begin, end)]
    assert inside == [place for place, sign in enumerate(text) if not sign.isspace()]
