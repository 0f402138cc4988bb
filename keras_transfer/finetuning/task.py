"""What a network is fine-tuned to do."""

import numpy as np

from keras_transfer.transfer.features import features


class Task:
    """What fine-tuning, the search for a budget, and the comparison have to know of a task; a base class.

    `finetune`, `choose_budget` and `evaluation.compare` take one as `task`; without any they classify whole samples
    (`Classification`). A task of your own says what its samples, outputs and scores are by overriding these methods. The
    first of its scores is the one that decides.

    Attributes:
        classes: How many there are, where `y` holds classes; else None, and neither class weights nor mixing can be had.
        can_probe: Whether the model ends in a layer `head` that a logistic regression on frozen features can set. Where not,
            there are no probes and no recipes that begin with one.

    Example:
        >>> class Distance(keras_transfer.finetuning.Task):
        ...     can_probe = False
        ...
        ...     def network(self, encoder):
        ...         return with_one_output(keras_transfer.transfer.copy_of(encoder))
        ...
        ...     def loss(self, label_smoothing):
        ...         return "mse"
        ...
        ...     def scores(self, y, outputs):
        ...         return {"closeness": float(1 / (1 + np.abs(y - outputs[:, 0]).mean()))}
    """

    classes = None
    can_probe = True

    def check(self, model, x, y):
        """Raise a `ValueError` if arrays do not fit the task or the model."""
        if len(x) != len(y):
            raise ValueError(f"`x` and `y` must be of one length. Received: {len(x)} and {len(y)} samples")

    def network(self, encoder):
        """A new model for the task: a copy of the encoder, with a head of random weights."""
        raise NotImplementedError(f"{type(self).__name__} has no `network`")

    def loss(self, label_smoothing):
        """The loss to compile with."""
        raise NotImplementedError(f"{type(self).__name__} has no `loss`")

    def metrics(self):
        """New metrics to compile with, a list."""
        return []

    def strata(self, y):
        """Integers `(samples,)` by which splits are stratified."""
        return np.zeros(len(y), np.int64)

    def together(self, x, y):
        """Integers `(samples,)`: samples that share one are never split; None: each stands for itself."""
        return None

    def predict(self, model, x):
        """What a trained model makes of samples: an array, or whatever `scores` takes."""
        return features(model, x)

    def scores(self, y, outputs):
        """Scores over the whole set, a dict of name and number in 0..1, more is better, the first the one that decides."""
        raise NotImplementedError(f"{type(self).__name__} has no `scores`")

    def judged(self, y, outputs):
        """What the search for a budget goes by: a tuple of numbers, each deciding where those before it are equal."""
        return tuple(self.scores(y, outputs).values())[:1]

    def quality(self, model, x, y):
        """What the search for a budget knows of a trained model: `judged` of what it predicts."""
        return self.judged(y, self.predict(model, x))

    def majority(self, y, test_y):
        """What one answers to the samples of `test_y` if one knows nothing but `y`, as `scores` takes it; None: nothing."""
        return None

    def confusion(self, y, outputs):
        """Counts of true class (row) against predicted class (column), integers `(classes, classes)`; or None."""
        return None
