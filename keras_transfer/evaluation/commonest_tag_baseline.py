"""The old way to tag words, to measure the new one by."""

import collections

import numpy as np


def commonest_tag_baseline(sentences, tags, test_sentences):
    """Each word gets the tag it has most often among the labelled ones, a new word the commonest tag of all: for `compare`.

    Args:
        sentences: Labelled sentences, lists of words.
        tags: For each of them integers, one a word.
        test_sentences: Sentences to tag.

    Returns:
        A function of a seed, which changes nothing, that returns an int32 array for each test sentence, one number a word. Of
        tags that are as common, the lower number wins.

    Example:
        >>> old_way = keras_transfer.evaluation.commonest_tag_baseline(data.x_labelled, data.y_labelled, data.x_test)
        >>> old_way(0)[0]
        array([1, 2, 0], dtype=int32)
    """
    counts, total = collections.defaultdict(collections.Counter), collections.Counter()
    for words, numbers in zip(sentences, tags, strict=True):
        for word, number in zip(words, numbers, strict=True):
            counts[word][int(number)] += 1
            total[int(number)] += 1
    commonest = {word: _commonest(found) for word, found in counts.items()}
    otherwise = _commonest(total)

    def predict(seed):
        return [np.array([commonest.get(word, otherwise) for word in words], np.int32) for words in test_sentences]

    return predict


def _commonest(found):
    return min(found, key=lambda number: (-found[number], number))
