import numpy as np
import pytest

from keras_transfer.metrics import entity_f1
from keras_transfer.metrics.entity_f1 import are_span_tags, entities


def slow_entities(tags):
    """conlleval's rules for beginnings and ends, one by one, as its authors wrote them."""
    found, begun, before, kind_before = set(), 0, "O", ""
    for number, tag in enumerate([*tags, "O"]):
        now, _, kind = tag.partition("-")
        ends = before == "E" or before == "S"
        ends = ends or (before == "B" and now in ("B", "S", "O"))
        ends = ends or (before == "I" and now in ("B", "S", "O"))
        ends = ends or (before != "O" and kind_before != kind)
        begins = now == "B" or now == "S"
        begins = begins or (before == "E" and now in ("E", "I"))
        begins = begins or (before == "S" and now in ("E", "I"))
        begins = begins or (before == "O" and now in ("E", "I"))
        begins = begins or (now != "O" and kind_before != kind)
        if ends:
            found.add((kind_before, begun, number - 1))
        if begins:
            begun = number
        before, kind_before = now, kind
    return found


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-PER I-PER O B-LOC", {("PER", 0, 1), ("LOC", 3, 3)}),
        ("I-PER I-PER O I-LOC I-PER", {("PER", 0, 1), ("LOC", 3, 3), ("PER", 4, 4)}),  # IOB1
        ("B-PER B-PER I-PER", {("PER", 0, 0), ("PER", 1, 2)}),
        ("B-PER I-PER E-PER S-LOC O", {("PER", 0, 2), ("LOC", 3, 3)}),
        ("B-PER L-PER U-LOC", {("PER", 0, 1), ("LOC", 2, 2)}),  # BILOU
        ("B I O", {("", 0, 1)}),
        ("O O", set()),
        ("", set()),
    ],
)
def test_entities_of_every_scheme(tags, expected):
    assert entities(tags.split()) == expected


def test_random_tags_as_conlleval_reads_them():
    generator = np.random.default_rng(0)
    known = ["O", *(f"{letter}-{kind}" for letter in "BIES" for kind in ("PER", "LOC"))]
    for _ in range(300):
        tags = list(generator.choice(known, 8))
        assert entities(tags) == slow_entities(tags), tags


def test_f1_by_hand():
    true = [["B-PER", "I-PER", "O"], ["B-LOC", "O", "B-LOC"]]
    found = [["B-PER", "I-PER", "O"], ["B-PER", "B-LOC", "B-LOC"]]
    # Of 3 entities 2 are found, whole and of their type, among 4.
    assert entity_f1(true, found) == pytest.approx(2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3))
    assert entity_f1(true, true) == 1.0
    assert entity_f1([["O"]], [["O"]]) == 0.0


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="Received: 1 for 2 in sentence 0"):
        entity_f1([["O", "O"]], [["O"]])
    with pytest.raises(ValueError, match="Received: 0 for 1"):
        entity_f1([["O"]], [])


def test_which_tags_are_of_entities():
    assert are_span_tags(["O", "B-PER", "I-PER"]) and are_span_tags(["U-X", "O"])
    assert not are_span_tags(["NOUN", "O"]) and not are_span_tags(["O"])
