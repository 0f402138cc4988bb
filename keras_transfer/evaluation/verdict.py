"""An honest sentence or two about a comparison."""

from keras_transfer.evaluation.compare import ARMS
from keras_transfer.score_name import score_name


def verdict(test, score=None):
    """Say whether pretraining helped, by more than the spread over seeds or not, and whether an old method does as well.

    The spread of a difference of two means is taken as the larger of the two standard deviations: with three seeds a
    finer test would promise more than it knows.

    Args:
        test: What `compare` gives under `test`.
        score: Which score. None: the first of each, which is the one that decides.

    Returns:
        A sentence, and one more for each baseline.

    Example:
        >>> print(keras_transfer.evaluation.verdict(report["test"]))
        Fine-tuned beats scratch by 0.081 accuracy (0.946 against 0.865), more than the spread over seeds (0.012).
    """
    score = score or next(iter(test["finetuned"]))
    tuned, scratch = test["finetuned"][score], test["scratch"][score]
    gap, spread = tuned["mean"] - scratch["mean"], max(tuned["std"], scratch["std"])
    numbers = f"{abs(gap):.3f} {score_name(score)} ({tuned['mean']:.3f} against {scratch['mean']:.3f})"
    if len(tuned["seeds"]) == 1:
        ahead = "ahead of" if gap > 0 else "level with" if gap == 0 else "behind"
        line = f"Fine-tuned is {ahead} scratch by {numbers}; with one seed nobody knows whether by chance: set evaluate.seeds."
    elif gap > spread:
        line = f"Fine-tuned beats scratch by {numbers}, more than the spread over seeds ({spread:.3f})."
    elif gap < -spread:
        line = (
            f"Pretraining did not help: scratch is ahead by {numbers}, more than the spread over seeds ({spread:.3f})."
        )
    else:
        line = f"No clear difference: fine-tuned and scratch are {numbers} apart, within the spread over seeds ({spread:.3f})."
    best, probe = tuned, test["probe"][score] if "probe" in test else tuned
    if probe["mean"] > tuned["mean"] + spread:
        line += f" The plain linear probe is better than fine-tuning ({probe['mean']:.3f}): finetune.recipe=probe."
        best = probe
    for name in test:
        if name not in ARMS:
            line += f" {_beside(name, test[name][score], best, score)}"
    return line


def _beside(name, baseline, best, score):
    """How a way without a network compares with the better of fine-tuned and probe."""
    gap, spread = best["mean"] - baseline["mean"], max(best["std"], baseline["std"])
    numbers = f"{baseline['mean']:.3f} {score_name(score)} against {best['mean']:.3f}"
    if gap < -spread:
        return f"{name} is better still, without a network: {numbers}. On these labels, use it."
    if gap > spread:
        return f"{name}, without a network, is behind: {numbers}."
    return f"{name} does as well, without a network: {numbers}."
