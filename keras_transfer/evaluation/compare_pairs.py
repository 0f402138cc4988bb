"""What a pair of encoders learned, against chance and against the same pair without training."""

import keras
import numpy as np

from keras_transfer.evaluation.class_vectors import class_vectors
from keras_transfer.evaluation.recall_at import recall_at
from keras_transfer.evaluation.scores import scores, summary
from keras_transfer.score_name import score_name

PAIR_ARMS = ("chance", "untrained", "trained")


def compare_pairs(trained, untrained, images, texts, pairs, *, prompts=None, labels=None, ks=(1, 5), seeds=3, seed=0):
    """Score zero-shot classes and search in both directions, three ways.

    - `chance`: what vectors that are all alike score.
    - `untrained`: encoders with random weights, one pair a seed.
    - `trained`: the pair that was trained.

    Args:
        trained: A `CLIP`, or another `ImageTextObjective`.
        untrained: Function without arguments that makes such a one with random weights.
        images: Test images, floats of shape `(n, height, width, channels)`.
        texts: Their texts, no two alike, as the text encoder takes them: an array, one row each.
        pairs: Whole numbers of shape `(pairs, 2)`: rows of an image and of a text that describes it.
        prompts: For each class what names it, in several wordings, as `texts`; or None.
        labels: Class of each image, -1 for none, if there are prompts.
        ks: Numbers of the nearest that a search shows.
        seeds: Pairs with random weights.
        seed: Of the first of them.

    Returns:
        `{"test": {arm: {score: {"mean", "std", "seeds"}}}, "verdict": str}`. Scores: `zero_shot_accuracy`, if there are prompts;
        `text_in_first_k`: one of an image's texts is among the k texts nearest to it; and `image_in_first_k`, the other way.

    Example:
        >>> report = keras_transfer.evaluation.compare_pairs(model, fresh, x_test, tokens, pairs)
        >>> report["test"]["trained"]["text_in_first_1"]["mean"]
    """
    pairs = np.asarray(pairs)
    labelled = None if prompts is None or labels is None else np.asarray(labels) >= 0
    if labelled is not None and not labelled.any():
        labelled = None

    def score(image_vectors, text_vectors, classes):
        result = {}
        if labelled is not None:
            similar = image_vectors[labelled] @ classes.T
            result["zero_shot_accuracy"] = scores(np.asarray(labels)[labelled], similar)["accuracy"]
        for k, found in recall_at(image_vectors, text_vectors, ks, pairs).items():
            result[f"text_in_first_{k}"] = found
        for k, found in recall_at(text_vectors, image_vectors, ks, pairs[:, ::-1]).items():
            result[f"image_in_first_{k}"] = found
        return result

    def score_of(model):
        embed_images, embed_texts = model.image_embedder(), model.text_embedder()
        classes = None
        if labelled is not None:
            classes = class_vectors(lambda rows: embed_texts.predict(np.stack(rows), verbose=0), prompts)
        return score(embed_images.predict(images, verbose=0), embed_texts.predict(texts, verbose=0), classes)

    chance = score(np.ones((len(images), 1)), np.ones((len(texts), 1)), np.ones((len(prompts or ()), 1)))
    if labelled is not None:
        chance["zero_shot_accuracy"] = 1.0 / len(prompts)
    runs = {"chance": [chance], "untrained": [], "trained": [score_of(trained)]}
    for number in range(seeds):
        keras.utils.set_random_seed(seed + number)
        runs["untrained"].append(score_of(untrained()))
    test = {arm: summary(runs[arm]) for arm in PAIR_ARMS}
    return {"test": test, "verdict": _verdict(test)}


def _verdict(test):
    measure = next(iter(test["trained"]))
    means = {arm: test[arm][measure]["mean"] for arm in PAIR_ARMS}
    margin = means["trained"] - max(means["chance"], means["untrained"])
    known = f"{score_name(measure)} {means['trained']:.3f}"
    others = f"{means['untrained']:.3f} untrained and {means['chance']:.3f} by chance"
    if margin > test["untrained"][measure]["std"]:
        return f"Trained: {known}, against {others}."
    return f"Training did not help: {known}, against {others}."
