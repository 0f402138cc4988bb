"""The texts used when no others are named."""

import re

import numpy as np

from keras_transfer.data.text_data import TextData

LABELS_PER_CLASS = 10
# Every third run of so many paragraphs is for test: neighbours, which speak of the same thing, stay together.
_RUN, _RUNS = 5, 3
_FEWEST_WORDS = 8
# Chapters of Python's manual, as `help()` has them, and what they are about.
CHAPTERS = {
    "specialnames": "data model",
    "compound": "statements",
    "types": "types",
    "formatstrings": "formatting",
    "string-methods": "strings",
    "typesseq": "sequences",
    "debugger": "debugger",
    "typesmapping": "mappings",
}


def default_texts():
    """Paragraphs of Python's own manual (`pydoc_data`), as somebody has them who could label only a few.

    Which of eight chapters is a paragraph from? Of each chapter, in its order, every third run of five paragraphs is for test, 10
    of the others are labelled, and the rest, with all other chapters of the manual, are unlabelled. No paragraph is in two
    parts. The manual changes a little from one version of Python to the next.
    """
    chapters = _paragraphs_by_chapter()
    parts = {"unlabelled": [], "labelled": [], "test": []}
    for number, chapter in enumerate(CHAPTERS):
        known = []
        for place, paragraph in enumerate(chapters.pop(chapter)):
            if place // _RUN % _RUNS == _RUNS - 1:
                parts["test"].append((paragraph, number))
            else:
                known.append(paragraph)
        order = np.random.default_rng(number).permutation(len(known))
        parts["labelled"] += [(known[place], number) for place in np.sort(order[:LABELS_PER_CLASS])]
        parts["unlabelled"] += [known[place] for place in np.sort(order[LABELS_PER_CLASS:])]
    parts["unlabelled"] += [paragraph for paragraphs in chapters.values() for paragraph in paragraphs]
    (x_labelled, y_labelled), (x_test, y_test) = (zip(*parts[part], strict=True) for part in ("labelled", "test"))
    return TextData(
        x_unlabelled=parts["unlabelled"],
        x_labelled=list(x_labelled),
        y_labelled=np.array(y_labelled, np.int32),
        x_test=list(x_test),
        y_test=np.array(y_test, np.int32),
        class_names=tuple(CHAPTERS.values()),
        notes=(
            f"No data was named: paragraphs of Python's manual are used, with {LABELS_PER_CLASS} labels a chapter.",
        ),
    )


def _paragraphs_by_chapter():
    """Paragraphs of prose, each in the first chapter that has it: the manual's chapters repeat one another."""
    from pydoc_data.topics import topics

    seen, chapters = set(), {}
    for chapter in [*CHAPTERS, *sorted(topics.keys() - CHAPTERS.keys())]:
        chapters[chapter] = []
        for block in re.split(r"\n\s*\n", topics[chapter]):
            paragraph = " ".join(block.split())
            if paragraph not in seen and _is_prose(paragraph):
                seen.add(paragraph)
                chapters[chapter].append(paragraph)
    return chapters


def _is_prose(paragraph):
    # Neither grammar rules nor sessions of the interpreter.
    return len(re.findall(r"[A-Za-z]{2,}", paragraph)) >= _FEWEST_WORDS and not re.search(r"::=|>>>", paragraph)
