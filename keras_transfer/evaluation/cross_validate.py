"""How well a recipe does on samples it was not trained on, where there are too few to set some aside."""

import keras
import numpy as np
from sklearn.model_selection import StratifiedKFold

from keras_transfer.evaluation.scores import scores, summary
from keras_transfer.finetuning.finetune import finetune
from keras_transfer.transfer.classifier import classifier
from keras_transfer.transfer.features import features


def cross_validate(encoder, x, y, classes, recipe="gradual", *, folds=5, repeats=1, seed=0, say=None, **training):
    """Fine-tune on all folds but one, score on that one, in turns.

    Folds are stratified, and every sample is predicted by a network that has not seen it, so that the score is over all samples.
    Learning rate and epochs must not have been chosen on the same samples.

    Args:
        encoder: The pretrained encoder; it is not changed.
        x: Inputs, `(samples, ...)`.
        y: Classes, integers of shape `(samples,)`.
        classes: Number of classes.
        recipe: As for `finetune`.
        folds: How many, from 2 to the number of samples of the rarest class.
        repeats: How often, with other folds and other random weights of the head each time.
        seed: The first.
        say: Function that is called with a line of progress, or None.
        **training: More arguments for `finetune`: `epochs`, `learning_rate`, `augment`, `cache` and so on.

    Returns:
        A dict: `test`, what `summary` gives of the scores over all samples, one for each repeat; `folds`, what it gives of the
        single folds' scores; `logits`, float32 `(repeats, samples, classes)`, each from a network that had not seen the sample.

    Raises:
        ValueError: if a class is too rare for the folds, or lengths differ.

    Example:
        >>> found = keras_transfer.evaluation.cross_validate(encoder, images, labels, 10, "probe", folds=10)
        >>> found["test"]["accuracy"]["mean"]

    Reference: [Kohavi, 1995](https://www.ijcai.org/Proceedings/95-2/Papers/016.pdf)
    """
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y) or y.ndim != 1:
        raise ValueError(f"`y` must hold one class a sample, shape ({len(x)},). Received: shape {y.shape}")
    rarest = np.unique(y, return_counts=True)[1].min()
    if not 2 <= folds <= rarest or repeats < 1:
        raise ValueError(
            f"`folds` must be from 2 to {rarest}, the samples of the rarest class, and `repeats` at least 1. Received: "
            f"folds={folds}, repeats={repeats}"
        )
    logits, single = np.zeros((repeats, len(y), classes), np.float32), []
    for repeat in range(repeats):
        split = StratifiedKFold(folds, shuffle=True, random_state=seed + repeat).split(x, y)
        for number, (train, held) in enumerate(split):
            keras.utils.set_random_seed(seed + repeat)
            model = classifier(encoder, classes)
            model = finetune(model, x[train], y[train], recipe, seed=seed + repeat, verbose=0, **training).model
            logits[repeat, held] = features(model, x[held])
            single.append(scores(y[held], logits[repeat, held]))
            if say is not None:
                say(f"fold {number + 1} of {folds}: accuracy {single[-1]['accuracy']:.3f}")
    return {
        "test": summary([scores(y, one) for one in logits]),
        "folds": summary(single),
        "logits": logits,
    }
