import numpy as np
import pytest

from keras_transfer import data

Y = np.repeat(["a", "b", "c", "d"], [50, 30, 7, 1])


def test_per_class():
    chosen, rest = data.stratified_split(Y[:87], per_class=5)
    assert dict(zip(*np.unique(Y[chosen], return_counts=True), strict=True)) == {"a": 5, "b": 5, "c": 5}
    assert sorted([*chosen, *rest]) == list(range(87)) and np.all(np.diff(chosen) > 0)


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.25, 0.5, 0.83, 0.99])
def test_fraction_is_kept_in_each_class(fraction):
    chosen, rest = data.stratified_split(Y, fraction)
    assert sorted([*chosen, *rest]) == list(range(88))
    for name, count in zip(*np.unique(Y, return_counts=True), strict=True):
        taken = np.sum(Y[chosen] == name)
        assert abs(taken - fraction * count) < 1 or (count > 1 and taken in (1, count - 1))
        assert count == 1 or 1 <= taken <= count - 1
    if 0.1 <= fraction <= 0.83:
        assert len(chosen) == round(fraction * 88)


def test_seed_decides():
    splits = [tuple(data.stratified_split(Y, 0.5, seed=seed)[0]) for seed in (0, 0, 1)]
    assert splits[0] == splits[1] != splits[2]


def test_every_sample_may_be_chosen():
    hits = sum(
        np.isin(np.arange(20), data.stratified_split(np.arange(20) % 2, per_class=5, seed=s)[0]) for s in range(400)
    )
    assert hits.min() > 150 and hits.max() < 250  # expected 200, five standard deviations


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(y=Y), "Give `fraction` or `per_class`. Received: fraction=None, per_class=None"),
        (dict(y=Y, fraction=0.5, per_class=3), "Give `fraction` or `per_class`"),
        (dict(y=Y, fraction=1.0), "between 0 and 1. Received: fraction=1.0"),
        (dict(y=Y, per_class=0), "whole number from 1. Received: per_class=0"),
        (dict(y=Y, per_class=6), "asks for 6 of each class, but class 'd' has 1"),
        (dict(y=np.eye(3), fraction=0.5), r"shape \(n,\). Received: shape \(3, 3\)"),
        (dict(y=[], fraction=0.5), r"Received: shape \(0,\)"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.stratified_split(**arguments)
