"""Classes as vectors, made of texts that name them."""

import numpy as np


def class_vectors(embed, prompts):
    """One unit vector a class: the mean of the unit vectors of its prompts, made unit length again.

    The nearest of them classifies an image that was embedded in the same space, without a labelled image (zero-shot). Several
    wordings a class are better than one.

    Args:
        embed: Function from a list of texts to vectors of shape `(texts, d)`.
        prompts: For each class a list of texts.

    Returns:
        float32 of shape `(classes, d)`.

    Raises:
        ValueError: if a class has no prompt.

    Example:
        >>> names, wordings = ["cat", "dog"], ["a photo of a {}", "a drawing of a {}"]
        >>> prompts = [[wording.format(name) for wording in wordings] for name in names]
        >>> classes = keras_transfer.evaluation.class_vectors(embed, prompts)
        >>> keras_transfer.evaluation.scores(labels, images @ classes.T)["accuracy"]

    Reference: [Radford et al., 2021](https://arxiv.org/abs/2103.00020), section 3.1.4
    """
    prompts = [list(texts) for texts in prompts]
    counts = [len(texts) for texts in prompts]
    if not counts or min(counts) == 0:
        raise ValueError(f"`prompts` must hold one text a class at least. Received, by class: {counts}")
    vectors = _unit(np.asarray(embed([text for texts in prompts for text in texts]), np.float64))
    means = [part.mean(axis=0) for part in np.split(vectors, np.cumsum(counts)[:-1])]
    return _unit(np.stack(means)).astype(np.float32)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
