"""Learning rate and epochs that a network deserves, found without the test set."""

import contextlib
import dataclasses
import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit

from keras_transfer.atomic_write import atomic_write
from keras_transfer.finetuning.classification import Classification
from keras_transfer.finetuning.epochs_by_size import epochs_by_size
from keras_transfer.finetuning.finetune import finetune

LEARNING_RATES = (3e-4, 1e-3, 3e-3)


@dataclasses.dataclass(frozen=True)
class Budget:
    """What a network is trained with.

    Attributes:
        learning_rate: At its peak.
        epochs: Passes over the labelled samples.
        tried: Rows `(learning_rate, epochs, validation accuracy)` behind the choice; of another task its first score.
    """

    learning_rate: float
    epochs: int
    tried: tuple = ()

    def save(self, path):
        """Write it as JSON."""
        atomic_write(path, json.dumps(dataclasses.asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))


def choose_budget(
    make_model,
    x,
    y,
    recipe,
    *,
    epochs=None,
    validation=None,
    learning_rates=LEARNING_RATES,
    splits=2,
    seed=0,
    task=None,
    **training,
):
    """Try a few learning rates, then twice the epochs at the best of them, and keep what validates best.

    Every network that is compared gets the same search, so that none loses for want of tuning. Without validation data,
    two stratified splits of the labelled samples stand in for it, 60 % to train on and 40 % to judge by.

    Args:
        make_model: Function without arguments that returns a fresh classifier.
        x: Inputs, `(samples, ...)`.
        y: Classes, `(samples,)`, or what else the task has.
        recipe: As for `finetune`.
        epochs: Passes over the samples, of which twice as many are tried as well; None: by their number, see `epochs_by_size`.
        validation: `(x, y)` to judge by, or None to split.
        learning_rates: To try.
        splits: How many, without `validation`.
        seed: Of splits and training.
        task: A `Task`, such as `TokenClassification`. None: `Classification`.
        **training: More arguments for `finetune`: `batch_size`, `augment`. With `patience` each network stops by the loss on
            what it is judged by.

    Returns:
        The `Budget`. Equal scores keep the lower rate and the fewer epochs.
    """
    epochs = epochs or epochs_by_size(len(x))
    if recipe == "probe":
        return Budget(learning_rates[0], epochs)
    goal, tried = task or Classification(), []
    parts = _parts(np.asarray(x), np.asarray(y), validation, splits, seed, goal)

    def judged(rate, length):
        found = []
        for (train_x, train_y), held in parts:
            model = make_model()
            judge = {"validation_data": held} if training.get("patience") else {}
            how = dict(epochs=length, learning_rate=rate, seed=seed, verbose=0, task=task, **judge, **training)
            with contextlib.suppress(
                FloatingPointError
            ):  # the rate is too high: what is left of the network judges badly
                model = finetune(model, train_x, train_y, recipe, **how).model
            found.append(goal.quality(model, *held))
        means = np.mean(found, axis=0).tolist()
        tried.append((rate, length, means[0]))
        return means

    rates = sorted(learning_rates)
    by_rate = [judged(rate, epochs) for rate in rates]
    rate = rates[by_rate.index(max(by_rate))]
    longer = judged(rate, 2 * epochs) > max(by_rate)
    return Budget(rate, 2 * epochs if longer else epochs, tuple(tried))


def _parts(x, y, validation, splits, seed, task):
    if validation is not None:
        return [((x, y), validation)]
    together = task.together(x, y)
    if together is not None and together.max() > 0:
        splitter = GroupShuffleSplit(splits, test_size=0.4, random_state=seed)
        return [((x[train], y[train]), (x[rest], y[rest])) for train, rest in splitter.split(x, groups=together)]
    strata = task.strata(y)
    smallest = np.unique(strata, return_counts=True)[1].min()
    if smallest < 2:
        raise ValueError(
            "A learning rate cannot be chosen: a class has a single labelled sample, which leaves none to judge by. Give "
            "validation data, or the learning rate itself."
        )
    classes = len(np.unique(strata))
    held = min(max(round(0.4 * len(y)), classes), len(y) - classes)
    splitter = StratifiedShuffleSplit(splits, test_size=held, random_state=seed)
    return [((x[train], y[train]), (x[rest], y[rest])) for train, rest in splitter.split(x, strata)]
