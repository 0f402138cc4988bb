"""Classify texts with the exported model: python predict.py "a text" "another", or one a line on standard input.

The two texts of a pair are parted by a tab.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
import tensorflow_text  # noqa: F401  brings the operations that split texts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="*", help="texts; none: one a line on standard input")
    parser.add_argument("--model", default="runs/latest/exported", help="the exported folder (default: %(default)s)")
    arguments = parser.parse_args()
    texts = arguments.texts or [line.strip() for line in sys.stdin if line.strip()]
    if not texts:
        parser.error("no text was given")
    names = json.loads((Path(arguments.model) / "assets.extra" / "classes.json").read_text(encoding="utf-8"))
    model = tf.saved_model.load(arguments.model)
    pairs = "texts_2" in model.signatures["serving_default"].structured_input_signature[1]
    columns = zip(*(text.split("\t", 1) for text in texts), strict=True) if pairs else [texts]
    for text, probabilities in zip(texts, model.serve(*map(tf.constant, columns)).numpy(), strict=True):
        best = probabilities.argmax()
        print(f"{names[best]}\t{probabilities[best]:.3f}\t{text}")


if __name__ == "__main__":
    main()
