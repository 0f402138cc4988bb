"""Does pretraining help? The pretrained network against the same network without it."""

import dataclasses
import time

import keras
import numpy as np

from keras_transfer.evaluation.scores import summary
from keras_transfer.finetuning.choose_budget import LEARNING_RATES, choose_budget
from keras_transfer.finetuning.classification import Classification
from keras_transfer.finetuning.finetune import finetune
from keras_transfer.transfer.copy_of import copy_of

ARMS = ("majority", "random_encoder", "scratch", "probe", "finetuned")


def compare(
    encoder,
    labelled,
    test,
    classes=None,
    recipe="gradual",
    *,
    epochs=None,
    budgets=None,
    validation=None,
    learning_rates=LEARNING_RATES,
    baselines=None,
    seeds=3,
    seed=0,
    say=None,
    task=None,
    **training,
):
    """Train five ways on the same labels, several times each, and score them all on the same test set.

    - `majority`: always the commonest class, where the task has one.
    - `random_encoder`: a logistic regression on the features of the same encoder with random weights.
    - `scratch`: the same network, trained whole from random weights.
    - `probe`: a logistic regression on the pretrained encoder's features.
    - `finetuned`: the pretrained network, trained by `recipe`.

    `scratch` and `finetuned` get the same search for learning rate and epochs (see `choose_budget`) and the same
    augmentation. A task without probes has neither of the rows with one. A baseline without a network, such as
    `tfidf_baseline`, stands beside them under its own name. Seeds differ in random weights, order and augmentation; the
    encoder is pretrained once. The test set is read after all training.

    Args:
        encoder: The pretrained encoder; it is not changed.
        labelled: `(x, y)` arrays to train on.
        test: `(x, y)` arrays to score on.
        classes: Number of classes, where no `task` is named.
        recipe: Of `finetuned`, as for `finetune`.
        epochs: Passes over the labelled samples, of which the search tries twice as many as well; None: by their number, see
            `finetuning.epochs_by_size`.
        budgets: Dict of the budgets (`finetuning.Budget`) of networks whose search is done or not wanted: `scratch`,
            `finetuned`. The others are searched for.
        validation: `(x, y)` for the search, and to stop by with `patience`; or None.
        learning_rates: That the search tries.
        baselines: Dict from a name, such as "TF-IDF + logistic regression", to a function of a seed that returns what
            `scores` takes for the test samples: classes `(samples,)`, or scores `(samples, classes)`; or what the task's takes.
            They learn from the same labels. Or None.
        seeds: Repetitions.
        seed: The first.
        say: Function that is called with a line of progress, or None.
        task: A `finetuning.Task`, such as `finetuning.TokenClassification`. None: `finetuning.Classification`.
        **training: More arguments for `finetune`: `batch_size`, `augment`, `schedule`, `patience`.

    Returns:
        A dict that JSON can hold: `test`, per arm of `ARMS` and baseline what `summary` gives; `budgets`, the learning rate and
        epochs of each trained network and the trials behind them; `seconds` an arm; `confusion`, counts of true class (row)
        against predicted class (column) of `finetuned`, summed over seeds, or None where the task has none.

    Raises:
        ValueError: if a baseline has the name of another row, or neither or both of `classes` and `task` are given.
    """
    say = say or (lambda line: None)
    _check_names(baselines)
    if (classes is None) == (task is None):
        raise ValueError(f"Give `classes` or `task`. Received: classes={classes}, task={task}")
    task = task or Classification(classes)

    def network(pretrained, number):
        keras.utils.set_random_seed(number)
        return task.network(encoder if pretrained else copy_of(encoder, weights=False))

    plans = {
        "random_encoder": (False, "probe"),
        "scratch": (False, "full"),
        "probe": (True, "probe"),
        "finetuned": (True, recipe),
    }
    plans = {arm: plan for arm, plan in plans.items() if task.can_probe or plan[1] != "probe"}
    outputs, budgets, seconds = {}, dict(budgets or {}), {}
    times = f"{seeds} run{'s' if seeds > 1 else ''}"
    judge = {"validation_data": validation} if training.get("patience") else {}
    for arm, (pretrained, how) in plans.items():
        started = time.perf_counter()
        if arm not in budgets:
            budgets[arm] = choose_budget(
                lambda pretrained=pretrained: network(pretrained, seed),
                *labelled,
                how,
                epochs=epochs,
                validation=validation,
                learning_rates=learning_rates,
                seed=seed,
                task=task,
                **training,
            )
        outputs[arm] = []
        for number in range(seed, seed + seeds):
            budget = budgets[arm]
            model = finetune(
                network(pretrained, number),
                *labelled,
                how,
                epochs=budget.epochs,
                learning_rate=budget.learning_rate,
                seed=number,
                verbose=0,
                task=task,
                **judge,
                **training,
            ).model
            outputs[arm].append(task.predict(model, test[0]))
        seconds[arm] = time.perf_counter() - started
        say(f"{arm.replace('_', ' ')}: {times} in {seconds[arm]:.0f} s")
    truth, table = np.asarray(test[1]), {}
    majority = task.majority(np.asarray(labelled[1]), truth)
    if majority is not None:
        table["majority"] = summary([task.scores(truth, majority)] * seeds)
    for name, predict in (baselines or {}).items():
        started = time.perf_counter()
        table[name] = summary([task.scores(truth, predict(number)) for number in range(seed, seed + seeds)])
        seconds[name] = time.perf_counter() - started
        say(f"{name}: {times} in {seconds[name]:.0f} s")
    table.update({arm: summary([task.scores(truth, run) for run in runs]) for arm, runs in outputs.items()})
    confusions = [task.confusion(truth, run) for run in outputs["finetuned"]]
    return {
        "test": table,
        "budgets": {
            arm: dataclasses.asdict(budget)
            for arm, budget in budgets.items()
            if arm in plans and plans[arm][1] != "probe"
        },
        "seconds": {arm: round(taken, 1) for arm, taken in seconds.items()},
        "confusion": None if confusions[0] is None else sum(confusions).tolist(),
    }


def _check_names(baselines):
    taken = sorted(set(baselines or ()) & set(ARMS))
    if taken:
        raise ValueError(
            f"`baselines` must have names of their own, not those of other rows. Received: {', '.join(taken)}"
        )
