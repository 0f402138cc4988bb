"""Questions and the texts that answer them as rows of tokens."""

import numpy as np

from keras_transfer.data.padded_rows import padded_rows
from keras_transfer.data.question_window import QuestionWindow
from keras_transfer.data.word_pieces import word_pieces
from keras_transfer.data.word_spans import word_spans

# What a token can be, as `losses.SpanCrossEntropy` takes it: the answer's first and last word add up.
FIRST, LAST = 1, 2
SHORTEST = 8


def question_rows(tokenizer, pairs, answers, length, stride=None):
    """Rows of a question and a window of its context: start, question, end, context, end, padding.

    The context is split into words (`data.word_spans`), and an answer goes from one word's first token to another's:
    with every tokenizer it can be given back as it stands in the context, capitals, accents and white space included.
    A context that is longer than a row is read in several windows that overlap.

    Args:
        tokenizer: `data.TextTokenizer`.
        pairs: `(question, context)`, strings.
        answers: For each its right answers, `(begin, end)` in characters of the context; none where it has none. The
            first is the one that is learnt.
        length: Tokens in a row, at least 8. A question keeps half of the row at most.
        stride: Tokens from one window's beginning to the next one's; None: half of what a window holds.

    Returns:
        `(token_ids, labels, windows)`: int32 `(rows, length)`; int32 of that shape, -1 where no answer can begin or
        end, 0 where one can, at words' first tokens, 1 and 2 added where the answer does begin and end (at the row's
        first token, which stands for "not here", if the window does not hold the whole of it); and a `QuestionWindow`
        for each row.

    Raises:
        ValueError: if a number is out of range, a text has no words, or an answer lies outside of its context.

    Example:
        >>> questions = keras_transfer.data.load_questions(labelled="train.json", test="dev.json")
        >>> rows, labels, windows = keras_transfer.data.question_rows(tokenizer, questions.x_labelled, questions.y_labelled, 128)

    Reference: [Devlin et al., 2018](https://arxiv.org/abs/1810.04805), section 4.2
    """
    if length < SHORTEST:
        raise ValueError(f"`length` must be at least {SHORTEST}. Received: length={length}")
    if stride is not None and stride < 1:
        raise ValueError(f"`stride` must be at least 1 token. Received: stride={stride}")
    asked = tokenizer.encode([question for question, _ in pairs])
    contexts = _contexts(tokenizer, [context for _, context in pairs])
    tokens, labels, windows = [], [], []
    for number, ((question, context), right) in enumerate(zip(pairs, answers, strict=True)):
        head = [tokenizer.start_id, *asked[number][: (length - 3) // 2], tokenizer.end_id]
        spans, pieces = contexts[context]
        wanted = _words_of(right, spans, number, context)
        room = length - 1 - len(head)
        pieces = [piece[:room] for piece in pieces]
        sizes = np.array([len(piece) for piece in pieces])
        for first, last in _windows(sizes, room, stride or max(1, room // 2)):
            inside = np.concatenate(pieces[first:last])
            places = (len(head) + np.cumsum(sizes[first:last]) - sizes[first:last]).astype(np.int32)
            tokens.append([*head, *inside, tokenizer.end_id])
            labels.append(_label(places, wanted, first, last, length))
            windows.append(QuestionWindow(number, question, context, tuple(right), spans[first:last], places))
    token_ids = padded_rows(tokens, len(tokens), length, tokenizer.pad_id)["token_ids"]
    return token_ids, np.array(labels, np.int32).reshape(-1, length), windows


def _contexts(tokenizer, contexts):
    """Spans and tokens of the words of each text; questions share texts."""
    distinct = list(dict.fromkeys(contexts))
    spans = [word_spans(context) for context in distinct]
    for context, found in zip(distinct, spans, strict=True):
        if not len(found):
            raise ValueError(f"`pairs` must have contexts with words. Received: {context[:80]!r}")
    words = [[context[a:b] for a, b in found.tolist()] for context, found in zip(distinct, spans, strict=True)]
    spaced = [(np.append(0, found[:-1, 1]) < found[:, 0]).tolist() for found in spans]
    pieces = word_pieces(tokenizer, words, spaced)
    return dict(zip(distinct, zip(spans, pieces, strict=True), strict=True))


def _words_of(answers, spans, number, context):
    """First and last word of the answer that is learnt; None without any."""
    if not len(answers):
        return None
    begin, end = answers[0]
    within = np.flatnonzero((spans[:, 1] > begin) & (spans[:, 0] < end))
    if not 0 <= begin < end <= len(context) or not len(within):
        raise ValueError(
            f"`answers` must be (begin, end) of words in the context. Received: {(begin, end)} for question {number}, "
            f"whose context has {len(context)} characters"
        )
    return within[0], within[-1]


def _windows(sizes, room, stride):
    """`(first word, end)` of each window: as many words as there is room for, then on by `stride` tokens, leaving none out."""
    ends = np.cumsum(sizes)
    begins, first = ends - sizes, 0
    while True:
        last = int(np.searchsorted(ends, begins[first] + room, side="right"))
        yield first, last
        if last == len(sizes):
            return
        first = min(last, max(first + 1, int(np.searchsorted(begins, begins[first] + stride))))


def _label(places, wanted, first, last, length):
    labels = np.full(length, -1, np.int32)
    labels[places] = labels[0] = 0
    if wanted is not None and first <= wanted[0] and wanted[1] < last:
        ends = places[wanted[0] - first], places[wanted[1] - first]
    else:
        ends = 0, 0
    labels[ends[0]] += FIRST
    labels[ends[1]] += LAST
    return labels
