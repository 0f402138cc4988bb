import keras_nlp
import numpy as np
import pytest

from keras_transfer.data import (
    PresetTokenizer,
    QuestionWindow,
    TextTokenizer,
    question_rows,
    train_tokenizer,
    word_spans,
)

CONTEXT = "  Ada\tLovelace (1815–1852) wrote it;  Éva's note, in 東京都, came later. "
TEXTS = ["ada lovelace 1815 wrote it eva note in 東京都 came later ( ) ; , . ' who when"] * 3


def tokenizer_of(kind):
    return train_tokenizer(TEXTS, kind, vocabulary_size=300, lowercase=True)


@pytest.fixture(scope="module", params=["unigram", "bpe", "wordpiece", "characters", "bytes"])
def tokenizer(request):
    return tokenizer_of(request.param)


def answer(text, context=CONTEXT):
    return ((context.index(text), context.index(text) + len(text)),)


@pytest.mark.parametrize("length", [16, 40, 120])
@pytest.mark.parametrize("text", ["Ada\tLovelace", "1852", "Éva's note", "京", "it", "later", "Ada", "."])
def test_answers_come_back_as_they_stand(tokenizer, text, length):
    ids, labels, windows = question_rows(tokenizer, [("Who? ", CONTEXT)], [answer(text)], length, stride=3)
    assert ids.shape == labels.shape == (len(windows), length) and ids.dtype == labels.dtype == np.int32
    hits, spans = 0, word_spans(CONTEXT)
    for row, label, window in zip(ids, labels, windows, strict=True):
        assert row[0] == tokenizer.start_id and row[row != tokenizer.pad_id][-1] == tokenizer.end_id
        assert (label >= 0).sum() == 1 + len(window.places) and (label[window.places] >= 0).all() and label[0] >= 0
        first, last = (np.flatnonzero(np.isin(label, found)) for found in ((1, 3), (2, 3)))
        assert len(first) == len(last) == 1
        if first[0]:
            hits += 1
            begin, end = (window.spans[window.places == at][0, side] for at, side in ((first[0], 0), (last[0], 1)))
            assert CONTEXT[begin:end] == text
        else:
            assert label[0] == 3
    assert hits >= (1 if text in ("1852", "京", "it", "Ada", ".") or length > 16 else 0)
    seen = np.unique(np.concatenate([window.spans for window in windows]), axis=0)
    np.testing.assert_array_equal(seen, spans)  # no word is left out


def test_windows_overlap_by_the_stride():
    tokenizer = TextTokenizer("bytes")
    context = " ".join(f"{number:02}" for number in range(20))  # 2 tokens, then 3 each
    ids, labels, windows = question_rows(tokenizer, [("ab", context)], [((3, 5),)], 18, stride=6)
    firsts = [window.spans[0, 0] // 3 for window in windows]
    assert firsts == [0, 3, 5, 7, 9, 11, 13, 15, 17][: len(firsts)] and windows[-1].spans[-1, 1] == len(context)
    for row, label, window in zip(ids, labels, windows, strict=True):
        words = [context[begin:end] for begin, end in window.spans]
        assert tokenizer.decode(row).replace(" ", "") == "ab" + "".join(words)
        assert (row != 0).sum() <= 18 and len(words) == (4 if window is not windows[-1] else 3)
        assert label[0] == (0 if "01" in words else 3)
    assert windows[0].places.tolist() == [4, 6, 9, 12]


def test_several_questions_about_one_text_and_none_that_answers():
    tokenizer = TextTokenizer("bytes")
    pairs = [("Who?", "Ada did."), ("When?", "Ada did."), ("q" * 99, "Ada did.")]
    ids, labels, windows = question_rows(tokenizer, pairs, [((0, 3), (4, 7)), (), ((2, 6),)], 24)
    assert [window.number for window in windows] == sorted(window.number for window in windows)
    assert isinstance(windows[0], QuestionWindow) and windows[0].answers == ((0, 3), (4, 7))
    one = [row for row, window in enumerate(windows) if window.number == 0]
    assert sorted(labels[one[0]][labels[one[0]] > 0]) == [3]  # a word that begins and ends it
    other = [row for row, window in enumerate(windows) if window.number == 1]
    assert (labels[other, 0] == 3).all()
    long = next(row for row, window in enumerate(windows) if window.number == 2)
    assert (ids[long] == tokenizer.encode(["q"])[0][0]).sum() == (24 - 3) // 2
    assert sorted(labels[long][labels[long] > 0]) == [1, 2]  # parts of words: both words


def test_a_word_longer_than_a_row_is_cut():
    ids, _, windows = question_rows(TextTokenizer("bytes"), [("Who?", "x" * 99 + " y")], [((0, 99),)], 10, stride=1)
    assert (ids != 0).all(axis=1)[0] and windows[0].spans.tolist() == [[0, 99]]
    assert windows[-1].spans.tolist()[-1] == [100, 101]


def test_words_that_no_space_parts_are_encoded_as_in_running_text():
    tokenizer = train_tokenizer(["wrote it, then slept. she wrote, it slept"] * 20, "unigram", 400)
    ids, _, _ = question_rows(tokenizer, [("it", "she wrote, it slept.")], [()], 60)
    running = tokenizer.encode(["she wrote, it slept."])[0].tolist()
    row = ids[0].tolist()
    assert row[row.index(tokenizer.end_id) + 1 :][: len(running)] == running


def test_the_tokenizer_of_a_checkpoint():
    tokens = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "ada",
        "love",
        "##lace",
        "wrote",
        "it",
        "東",
        "京",
        "who",
        ".",
    ]
    tokenizer = PresetTokenizer(keras_nlp.tokenizers.BertTokenizer(vocabulary=tokens, lowercase=True))
    context = "  Ada Lovelace\twrote 東京. Zebra"
    ids, labels, _ = question_rows(tokenizer, [("Who?", context)], [answer("Ada Lovelace", context)], 20)
    names = [tokens[token] for token in ids[0]]
    assert names[:4] == ["[CLS]", "who", "[UNK]", "[SEP]"]
    assert names[4:13] == ["ada", "love", "##lace", "wrote", "東", "京", ".", "[UNK]", "[SEP]"]
    assert labels[0, :13].tolist() == [0, -1, -1, -1, 1, 2, -1, 0, 0, 0, 0, 0, -1]


def test_what_does_not_fit_is_named():
    tokenizer = TextTokenizer("bytes")
    with pytest.raises(ValueError, match="`length` must be at least 8"):
        question_rows(tokenizer, [("a", "b")], [()], 7)
    with pytest.raises(ValueError, match="`stride` must be at least 1"):
        question_rows(tokenizer, [("a", "b")], [()], 8, stride=0)
    with pytest.raises(ValueError, match="contexts with words. Received: ' '"):
        question_rows(tokenizer, [("a", " ")], [()], 8)
    for span in ((0, 0), (1, 2), (2, 5), (-1, 1)):
        with pytest.raises(ValueError, match="must be .* of words in the context"):
            question_rows(tokenizer, [("a", "b c"[:1] + "  ")], [(span,)], 8)
