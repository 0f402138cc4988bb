"""A linear layer on frozen features, solved rather than trained."""

import keras
import numpy as np
from sklearn.preprocessing import StandardScaler

from keras_transfer.data.stratified_split import stratified_split
from keras_transfer.finetuning.frozen_prefix import chain
from keras_transfer.metrics.probe_accuracy import best_strength, regression
from keras_transfer.transfer.feature_batches import feature_batches

# Of tokens, which come by the hundred thousand; more of them change little, and take long.
MOST_TOKENS = 10_000
MOST_FOLDED = 2_000  # by which the strength is chosen, five folds for each of five
# Features that vary less than that share of the one that varies most are dead, and left out: scaled up to the others they would
# have weights, and hand gradients to the encoder, that let fine-tuning diverge. Checkpoints of BERT have such dimensions.
DEAD = 1e-6


def probe(model, x, y, seed=0, cache=None, class_weight=None):
    """Set a classifier's `head` to the logistic regression on what lies before it; nothing else moves.

    Features are standardised for the regression, and the scaling is folded into the head. Its regularisation is chosen
    by stratified cross-validation on the samples given.

    Args:
        model: Classifier whose last layer is a `Dense` named `head`, as `transfer.classifier` makes it.
        x: Inputs of shape `(samples, ...)`, as the model takes them.
        y: Classes, integers of shape `(samples,)` below the head's width; or `(samples, tokens)` where the head is applied to
            each token, negative for those that are not counted. Of many tokens 10000 are drawn, class by class,
            and 2000 of them to choose the regularisation by.
        seed: Of the folds.
        cache: `FeatureCache` that keeps the features, or None.
        class_weight: Weights of classes, an array, or None.

    Returns:
        The chosen inverse strength of regularisation, and its cross-validated accuracy, or None where a class has too few
        samples to be split.

    Raises:
        ValueError: if there are not at least two classes, or the model has no such head.

    Reference: [Alain and Bengio, 2016](https://arxiv.org/abs/1610.01644)
    """
    head = _head(model)
    labels = np.asarray(y)
    chosen = _chosen(labels, seed)
    y = labels[chosen]
    if len(np.unique(y)) < 2:
        raise ValueError(f"A probe needs at least two classes. Received: {len(np.unique(y))} in {len(y)} labels")
    # The head's own input, by a model that ends there: dropout and pooling before the head are part of it.
    if cache is None:
        inputs = _before(model, head, x, chosen)
    else:
        found = np.asarray(cache.features(chain(model, np.asarray(x)[:2])[:-1], x))
        inputs = found.reshape(*labels.shape, -1)[chosen]
    scaler = StandardScaler().fit(np.asarray(inputs, np.float64))
    deviations = np.sqrt(scaler.var_)
    scaler.scale_ = np.where(deviations > DEAD * deviations.max(), deviations, np.inf)
    scaled = scaler.transform(inputs)
    of_class = None if class_weight is None else {one: float(class_weight[one]) for one in np.unique(y)}
    judged = slice(None) if labels.ndim == 1 else _judged(y, seed)
    strength, accuracy = best_strength(scaled[judged], y[judged], seed, of_class)
    solved = regression(strength, of_class).fit(scaled, y)
    head.set_weights(_weights(solved, scaler, head.get_weights()))
    return strength, accuracy


def _head(model):
    head = model.layers[-1]
    if head.name != "head" or len(head.get_weights()) != 2:
        raise ValueError(
            f"`model` must end in a Dense layer with a bias named 'head', as transfer.classifier makes it. Received: last "
            f"layer {head.name!r} of {model.name!r}"
        )
    return head


def _chosen(labels, seed):
    """Which labels the regression sees, booleans of their shape."""
    chosen = labels >= 0
    if labels.ndim > 1 and chosen.sum() > MOST_TOKENS:
        places = np.flatnonzero(chosen)
        drawn, _ = stratified_split(labels.flat[places], MOST_TOKENS / len(places), seed=seed)
        chosen = np.zeros_like(chosen)
        chosen.flat[places[drawn]] = True
    return chosen


def _judged(y, seed):
    """Tokens to choose the regularisation by: some of every class that has two, for many tags are rare."""
    rows = np.arange(len(y))
    if len(y) > MOST_FOLDED:
        rows, _ = stratified_split(y, MOST_FOLDED / len(y), seed=seed)
    _, number, counts = np.unique(y[rows], return_inverse=True, return_counts=True)
    common = rows[counts[number] > 1]
    return common if len(np.unique(y[common])) > 1 else rows


def _before(model, head, x, chosen):
    """What comes into the head, of the chosen samples or tokens."""
    network = keras.Model(model.input, head.input, name="before_head")
    found, start = [], 0
    for rows, _ in feature_batches(network, x):
        part = chosen[start : start + len(rows)]
        found.append(rows.reshape(*part.shape, -1)[part])
        start += len(rows)
    return np.concatenate(found)


def _weights(regression, scaler, initial):
    """Kernel and bias of a head that does what scaler and regression do."""
    coefficients, intercepts = regression.coef_, regression.intercept_
    if len(regression.classes_) == 2:
        # scikit-learn keeps one row for two classes: the log-odds of the second.
        coefficients = np.concatenate([-coefficients / 2, coefficients / 2])
        intercepts = np.concatenate([-intercepts / 2, intercepts / 2])
    kernel, bias = np.zeros_like(initial[0]), np.full_like(initial[1], -30.0)
    # A class without samples keeps no weights and a logit too low to be predicted.
    kernel[:, regression.classes_] = (coefficients / scaler.scale_).T
    bias[regression.classes_] = intercepts - (coefficients / scaler.scale_) @ scaler.mean_
    return [kernel, bias]
