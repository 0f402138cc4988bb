"""The docstrings of Python's standard library as pairs: what comes first in short, and what is said then.

    python benchmarks/docstrings.py --out pairs.csv [--labelled 500] [--writing]

Writes a table with the columns `text`, `text_2` and `split`, and a `.txt` beside it, for a project with
`finetune.task=retrieval` (a summary finds the rest of its docstring, the default) or `finetune.task=writing` (the summary is to
be written for the rest). A third of the modules is for test. `--labelled` pairs of the others are `train`; all texts of these
stand in the `.txt`, a line each, without partner.
"""

import argparse
import csv
import random
import re
from pathlib import Path

from text_corpora import docstrings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("pairs.csv"))
    parser.add_argument("--labelled", type=int, default=500)
    parser.add_argument("--test", type=int, default=500, help="at most")
    parser.add_argument("--writing", action="store_true", help="the summary is what comes second")
    arguments = parser.parse_args()
    modules, seen = {}, set()
    for module, summary, rest in summaries():
        if summary not in seen and rest not in seen:
            seen |= {summary, rest}
            modules.setdefault(module, []).append((rest, summary) if arguments.writing else (summary, rest))
    names = sorted(modules)
    random.Random(0).shuffle(names)
    known, asked = (
        [pair for name in part for pair in modules[name]]
        for part in (names[len(names) // 3 :], names[: len(names) // 3])
    )
    random.Random(0).shuffle(known)
    random.Random(0).shuffle(asked)
    known, unlabelled, asked = known[: arguments.labelled], known[arguments.labelled :], asked[: arguments.test]
    with arguments.out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "text_2", "split"])
        table.writerows([*pair, "train"] for pair in known)
        table.writerows([*pair, "test"] for pair in asked)
    corpus = arguments.out.with_suffix(".txt")
    corpus.write_text("".join(f"{text}\n" for pair in unlabelled + known for text in pair), encoding="utf-8")
    print(
        f"{len(known)} pairs to train on, {len(asked)} to test on: {arguments.out}; 2 x {len(unlabelled + known)} texts: {corpus}"
    )


def summaries():
    """Module, first paragraph and the rest of every docstring that has both in plain words."""
    for module, docstring in docstrings("**/*.py", coroutines=True):
        blocks = re.split(r"\n\s*\n", docstring)
        summary, rest = (" ".join(part.split()) for part in (blocks[0], " ".join(blocks[1:])))
        if ">>>" not in rest and 4 <= len(summary.split()) <= 20 and 8 <= len(rest.split()) <= 100:
            yield module, summary, rest


if __name__ == "__main__":
    main()
