"""The old way to find the text that belongs to a text."""

from keras_transfer.evaluation.tfidf_baseline import tfidf_features


def search_baseline(texts, pairs):
    """Cosines of TF-IDF, of words, pairs of words and runs of characters: for `compare` with `Retrieval`.

    Args:
        texts: Texts that words' weights are counted on, such as those pretrained on and the training pairs'.
        pairs: Pairs to search in, `(first, second)` strings.

    Returns:
        A function of a seed, which changes nothing, that returns how alike each first text is to each second one, floats
        `(pairs, pairs)`.

    Example:
        >>> old_way = keras_transfer.evaluation.search_baseline(texts.x_unlabelled, texts.x_test)
        >>> keras_transfer.evaluation.compare(..., task=Retrieval(), baselines={"TF-IDF": old_way})
    """
    firsts, seconds = zip(*pairs, strict=True)

    def search(seed):
        features = tfidf_features(texts).fit(texts)
        one, two = features.transform(firsts), features.transform(seconds)
        return (one @ two.T).toarray() / 2  # of both parts of the features a row has length 1

    return search
