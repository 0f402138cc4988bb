"""The old way to classify texts, to measure the new one by."""

import re

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.pipeline import make_union

STRENGTHS = (1.0, 10.0, 100.0)
# Texts up to which the strength is chosen by cross-validation; beyond, by one split.
_MOST_FOLDED = 2000
_MOST_FEATURES = 200_000
_WORD = re.compile(r"(?u)\b\w+\b")


def tfidf_baseline(texts, labels, test_texts, validation=None):
    """TF-IDF of words, pairs of words and runs of one to five characters, then logistic regression: for `compare`.

    It is fitted on the labelled texts alone, vocabulary and weights of words included. Its regularisation is chosen on
    validation texts, or by cross-validation where there are none. Runs of characters make it fair to languages without spaces
    between words. Of a pair of texts it sees both, where they differ, and how alike they are.

    Args:
        texts: Labelled texts, strings, or pairs of strings.
        labels: Their classes, integers `(texts,)`.
        test_texts: Texts to classify.
        validation: `(texts, labels)` to choose by, or None.

    Returns:
        A function of a seed, which decides about the folds, that returns the classes of the test texts, integers.

    Example:
        >>> old_way = keras_transfer.evaluation.tfidf_baseline(texts, labels, test_texts)
        >>> keras_transfer.evaluation.compare(..., baselines={"TF-IDF + logistic regression": old_way})
    """
    texts, labels = _array(texts), np.asarray(labels)

    def predict(seed):
        strength = _best_strength(texts, labels, validation, seed)
        train, asked = _numbers(texts, _array(test_texts))
        return _regression(strength).fit(train, labels).predict(asked)

    return predict


def _array(texts):
    """Strings of shape `(texts,)`, or pairs of shape `(texts, 2)`."""
    return np.array(list(texts), object)


def _numbers(texts, others):
    """What a regression sees of texts to fit on and of others."""
    features = _PairFeatures() if texts.ndim == 2 else tfidf_features(texts)
    train, other = features.fit_transform(texts), features.transform(others)
    if train.shape[0] > _MOST_FOLDED:
        return train, other
    # With an L2 penalty nothing but the space that the few texts span counts: the fit is the same, and a hundred times as quick.
    values, vectors = np.linalg.eigh((train @ train.T).toarray())
    kept = values > 1e-10 * values[-1]
    basis = vectors[:, kept] / np.sqrt(values[kept])
    return (train @ (train.T @ basis)), (other @ (train.T @ basis))


class _PairFeatures:
    """TF-IDF of both texts of a pair, of what is in one alone, and the cosine of the two."""

    def fit_transform(self, pairs):
        self.shared = tfidf_features(pairs.ravel()).fit(pairs.ravel())
        return self.transform(pairs)

    def transform(self, pairs):
        one, two = self.shared.transform(pairs[:, 0]), self.shared.transform(pairs[:, 1])
        alike = csr_matrix(one.multiply(two).sum(axis=1))
        return hstack([one, two, abs(one - two), alike]).tocsr()


def tfidf_features(texts):
    """What turns texts into TF-IDF of words, pairs of words and runs of characters; not fitted."""
    runs = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True, max_features=_MOST_FEATURES)
    if not any(_WORD.search(text) for text in texts):
        return runs  # emoji alone: scikit-learn refuses an empty vocabulary
    words = TfidfVectorizer(
        token_pattern=_WORD.pattern, ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_FEATURES
    )
    return make_union(words, runs)


def _regression(strength):
    return LogisticRegression(C=strength, max_iter=1000)


def _best_strength(texts, labels, validation, seed):
    splits = _splits(texts, labels, validation, seed)
    if not splits:
        return STRENGTHS[1]
    found = []
    for (train_texts, train_labels), (held_texts, held_labels) in splits:
        train, held = _numbers(train_texts, held_texts)
        found.append([_regression(each).fit(train, train_labels).score(held, held_labels) for each in STRENGTHS])
    # The first of equals: stronger regularisation.
    return STRENGTHS[int(np.argmax(np.mean(found, axis=0)))]


def _splits(texts, labels, validation, seed):
    if validation is not None:
        return [((texts, labels), (_array(validation[0]), validation[1]))]
    counts = np.unique(labels, return_counts=True)[1]
    if counts.min() < 2:
        return []
    if len(texts) > _MOST_FOLDED and len(counts) < len(texts) // 5:
        splitter = StratifiedShuffleSplit(1, test_size=0.2, random_state=seed)
    else:
        splitter = StratifiedKFold(min(3, counts.min()), shuffle=True, random_state=seed)
    return [
        ((texts[train], labels[train]), (texts[held], labels[held])) for train, held in splitter.split(texts, labels)
    ]
