"""The old way to answer questions by words of a text, to measure the new one by."""

import collections
import itertools
import math
import re

import numpy as np

from keras_transfer.data.word_spans import word_spans
from keras_transfer.evaluation.tfidf_baseline import tfidf_features
from keras_transfer.metrics.answer_scores import answer_scores

_SENTENCE = re.compile(r"\S.*?(?:[.!?][\"'”’)]*(?=\s)|[。！？][」』]*|(?=\n\s*\n)|$)", re.DOTALL)
_SIZES, _MOST_JUDGED = (1, 2, 3, 5, 8, None), 1000
_CUTS = np.linspace(0, 1, 11)


def question_baseline(pairs, answers, test_pairs):
    """The sentence that is most similar to the question, or a run of its words that the question does not have: for `compare`.

    Similar is by TF-IDF, of words and runs of characters. A run is of words that are rare in the training texts; its
    length (one to eight words, or the whole sentence) is what fits the training answers best, by F1. Where some
    training questions have no answer, so is how similar a sentence has to be for one to be given.

    Args:
        pairs: Training pairs, `(question, context)` strings.
        answers: For each the right answers, `(begin, end)` in characters of the context; none where it has none.
        test_pairs: Pairs to answer.

    Returns:
        A function of a seed, which changes nothing, that returns a text for each pair, `""` where it takes it that
        there is no answer.

    Example:
        >>> known = questions.x_labelled, questions.y_labelled
        >>> old_way = keras_transfer.evaluation.question_baseline(*known, questions.x_test)
        >>> keras_transfer.evaluation.compare(..., baselines={"most similar sentence": old_way})

    Reference: the sliding window of [Richardson et al., 2013](https://aclanthology.org/D13-1020)
    """
    judged, right = list(pairs)[:_MOST_JUDGED], list(answers)[:_MOST_JUDGED]
    wanted = [[context[a:b] for a, b in spans] for (_, context), spans in zip(judged, right, strict=True)]

    def answer(seed):
        search = _Search([context for _, context in pairs])
        sentences, alike = search.nearest(judged)
        cuts = [-1.0] if all(wanted) else [*np.quantile(alike, _CUTS), np.inf]
        fits = {}
        for size in _SIZES:
            texts = search.runs(judged, sentences, size)
            for cut in cuts:
                fits[size, cut] = answer_scores(wanted, _cut(texts, alike, cut))["answer_f1"]
        size, cut = max(fits, key=fits.get)
        sentences, alike = search.nearest(list(test_pairs))
        return _cut(search.runs(test_pairs, sentences, size), alike, cut)

    return answer


def _cut(texts, alike, cut):
    return [text if similar > cut else "" for text, similar in zip(texts, alike, strict=True)]


class _Search:
    """Sentences and words weighed by how rare they are in some texts."""

    def __init__(self, contexts):
        contexts = list(dict.fromkeys(contexts))
        self.features = tfidf_features(contexts).fit(contexts)
        self.counts = collections.Counter(word for context in contexts for word in set(_words(context)))
        self.texts = len(contexts)

    def nearest(self, pairs):
        """The sentence of its context that is most similar to each question, and the cosines."""
        contexts = {context: _SENTENCE.findall(context) for _, context in pairs}
        ends = np.cumsum([len(sentences) for sentences in contexts.values()])
        rows = {context: slice(end - len(contexts[context]), end) for context, end in zip(contexts, ends, strict=True)}
        known = self.features.transform(list(itertools.chain(*contexts.values())))
        asked = self.features.transform([question for question, _ in pairs])
        found, alike = [], []
        for row, (_, context) in enumerate(pairs):
            cosines = (known[rows[context]] @ asked[row].T).toarray()[:, 0]
            found.append(contexts[context][cosines.argmax()])
            alike.append(cosines.max())
        return found, np.array(alike)

    def runs(self, pairs, sentences, size):
        """Of each sentence the run of so many words, at most, that says most that the question does not; all of it for None."""
        if size is None:
            return list(sentences)
        return [self._run(question, sentence, size) for (question, _), sentence in zip(pairs, sentences, strict=True)]

    def _run(self, question, sentence, size):
        spans, asked = word_spans(sentence), set(_words(question))
        words = [sentence[begin:end].lower() for begin, end in spans.tolist()]
        weights = np.array([self._weight(word) * (-1 if word in asked else 1) for word in words])
        totals, best = np.append(0, np.cumsum(weights)), (0.0, 0, len(words))
        for more in range(1, min(size, len(words)) + 1):
            sums = totals[more:] - totals[:-more]
            # A run begins and ends with a word that is new.
            sums[(weights[: len(sums)] <= 0) | (weights[more - 1 :] <= 0)] = -1
            if sums.max() > best[0]:
                best = float(sums.max()), int(sums.argmax()), int(sums.argmax()) + more
        return sentence[spans[best[1], 0] : spans[best[2] - 1, 1]]

    def _weight(self, word):
        return math.log(2 + self.texts) - math.log(1 + self.counts[word]) if word[0].isalnum() else 0.0


def _words(text):
    return [text[begin:end].lower() for begin, end in word_spans(text).tolist()]
