"""The old ways to write a text for a text, to measure the new one by."""

import re

import numpy as np

from keras_transfer.evaluation.tfidf_baseline import tfidf_features
from keras_transfer.metrics.text_scores import rouge

_SENTENCE = re.compile(r"[^.!?。！？]*[.!?。！？]+[\"'”’)」』]*\s*|[^.!?。！？]+$")
_LEADS, _MOST_JUDGED = (1, 2, 3, None), 1000


def writing_baseline(pairs, sources):
    """The first sentences of a text, the whole of it, or what belongs to the most similar one: for `compare`.

    What comes nearest to the training pairs' targets (ROUGE-L) is taken: the first one, two or three sentences of the source,
    which are hard to beat as summaries of news; all of it; or the target of the training source that is nearest by TF-IDF, of
    words and runs of characters, where each training source is judged by the others.

    Args:
        pairs: Training pairs, `(source, target)` strings.
        sources: Texts to write for.

    Returns:
        A function of a seed, which changes nothing, that returns a text for each source.

    Raises:
        ImportError: if rouge-score is not installed.

    Example:
        >>> old_way = keras_transfer.evaluation.writing_baseline(train_pairs, test_sources)
        >>> keras_transfer.evaluation.compare(..., baselines={"first sentences or most similar text": old_way})
    """
    known, targets = (list(side) for side in zip(*pairs, strict=True))
    sources = list(sources)

    def write(seed):
        judged = range(min(len(known), _MOST_JUDGED))
        ways = {count: [_lead(known[row], count) for row in judged] for count in _LEADS}
        if len(known) > 1:
            ways["similar"] = [targets[row] for row in _nearest(known, [known[row] for row in judged], own=True)]
        wanted = [targets[row] for row in judged]
        fits = {way: rouge(wanted, texts)["rouge_l"].mean() for way, texts in ways.items()}
        best = max(fits, key=fits.get)
        if best == "similar":
            return [targets[row] for row in _nearest(known, sources)]
        return [_lead(text, best) for text in sources]

    return write


def _lead(text, count):
    """The first so many sentences; all of them for None."""
    return text if count is None else "".join(_SENTENCE.findall(text)[:count]).strip() or text


def _nearest(known, asked, own=False):
    """Row of the known text most similar to each; with `own` the asked are the first of the known, and not their own."""
    features = tfidf_features(known)
    similar = features.fit_transform(known)
    found = []
    for start in range(0, len(asked), 256):  # rows of all known texts: some at a time
        alike = (features.transform(asked[start : start + 256]) @ similar.T).toarray()
        if own:
            rows = np.arange(len(alike))
            alike[rows, start + rows] = -1.0
        found += alike.argmax(axis=1).tolist()
    return found
