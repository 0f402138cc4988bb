"""Which encoder, or which of its layers, suits labelled data best, before anything is fine-tuned."""

import time

import numpy as np

from keras_transfer.data.stratified_split import stratified_split
from keras_transfer.metrics.h_score import h_score
from keras_transfer.metrics.knn_accuracy import knn_accuracy
from keras_transfer.metrics.log_me import log_me
from keras_transfer.metrics.n_leep import n_leep
from keras_transfer.metrics.probe_accuracy import probe_accuracy
from keras_transfer.transfer.features import features
from keras_transfer.transfer.stage_ends import stage_ends

RANKED_BY = {
    "probe": probe_accuracy,
    "knn": knn_accuracy,
    "log_me": log_me,
    "h_score": h_score,
    "n_leep": n_leep,
}


def rank(encoders, x, y, *, by="log_me", layers=None, most=2000, seed=0, batch_size=256, say=None):
    """Score candidates on labelled samples, the best first. Nothing is trained but linear probes.

    `probe` and `knn` are accuracies on samples held out in turns; `log_me`, `h_score` and `n_leep` are likelihoods and
    separations of all of them (see `keras_transfer.metrics`). All take the same samples, and only these: give the part to
    fine-tune on, never the test set.

    Args:
        encoders: Dict from a name to a built model. Outputs that are maps or sequences are averaged over positions.
        x: Labelled samples, as the encoders take them.
        y: Their classes, of any kind.
        by: Name of the score to sort by, one of `RANKED_BY`. The default ordered encoders most as probing and fine-tuning them
            did (docs/results.md).
        layers: Rank the layers of the only encoder: True, the ends of its stages (`transfer.stage_ends`), or a list of paths.
        most: Score so many samples, chosen class by class, if there are more.
        seed: Of that choice and of folds.
        batch_size: Samples at a time.
        say: Function that is called with a line of progress, or None.

    Returns:
        List of dicts, the best first: `rank`, `name`, each score, `width` of the features, `parameters`, and `seconds` to
        encode the samples.

    Raises:
        ValueError: if a name, the labels or an encoder's outputs do not fit.

    Example:
        >>> table = keras_transfer.evaluation.rank({"ours": encoder, "random": fresh}, images, labels)
        >>> table[0]["name"]
        'ours'
    """
    if by not in RANKED_BY:
        raise ValueError(f"`by` must be one of {', '.join(RANKED_BY)}. Received: by={by!r}")
    candidates = _candidates(encoders, layers)
    x, y = np.asarray(x), np.asarray(y)
    classes, counts = np.unique(y, return_counts=True)
    if len(x) != len(y) or y.ndim != 1 or len(classes) < 2 or counts.min() < 2:
        raise ValueError(
            f"Ranking needs one class a sample, and two samples of each of two classes or more. Received: {len(x)} samples, "
            f"labels of shape {y.shape}, {len(classes)} classes, the rarest with {counts.min(initial=len(y))}"
        )
    if len(y) > most:
        chosen, _ = stratified_split(y, most / len(y), seed=seed)
        x, y = x[chosen], y[chosen]
    rows = []
    for name, (encoder, layer) in candidates.items():
        rows.append(_row(name, encoder, layer, x, y, seed, batch_size))
        if say is not None:
            say(f"{name}: {by} {rows[-1][by]:.3f}, {rows[-1]['seconds']:.1f} s")
    # Of equals the cheaper first.
    rows.sort(key=lambda row: (-row[by], row["seconds"]))
    return [{"rank": place + 1, **row} for place, row in enumerate(rows)]


def _candidates(encoders, layers):
    if not encoders:
        raise ValueError("`encoders` is empty: give at least one.")
    if not layers:
        return {name: (encoder, None) for name, encoder in encoders.items()}
    if len(encoders) != 1:
        raise ValueError(
            f"`layers` are those of one encoder. Received: {len(encoders)} encoders, {', '.join(encoders)}"
        )
    (encoder,) = encoders.values()
    paths = stage_ends(encoder) if layers is True else {path: path for path in layers}
    return {name: (encoder, path) for name, path in paths.items()}


def _row(name, encoder, layer, x, y, seed, batch_size):
    features(encoder, x[:batch_size], batch_size, layer, pool=True)  # what is done once is not the encoder's cost
    started = time.perf_counter()
    found = features(encoder, x, batch_size, layer, pool=True)
    seconds = time.perf_counter() - started
    if not np.isfinite(found).all():
        raise ValueError(
            f"{name} gives NaN or infinity for {int((~np.isfinite(found).all(axis=1)).sum())} of {len(x)} samples"
        )
    seeded = ("probe", "n_leep")
    scores = {
        score: float(function(found, y, **({"seed": seed} if score in seeded else {})))
        for score, function in RANKED_BY.items()
    }
    return {
        "name": name,
        "layer": layer,
        **scores,
        "width": found.shape[1],
        "parameters": encoder.count_params(),
        "seconds": round(seconds, 4),
    }
