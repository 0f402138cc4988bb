"""Classify texts, or tag their words, with the exported model: python predict.py "a text" "another", or one a line on
standard input.

The two texts of a pair are parted by a tab. A model that tags words gets them split at spaces and punctuation. Of a model that
writes, what it writes is printed. One that answers questions is asked about a file: python predict.py --context text.txt "Who?"
These two need keras_transfer.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
import tensorflow_text  # noqa: F401  brings the operations that split texts

# Words with their hyphens, apostrophes and dots (U.N.), Chinese and Japanese signs one by one, punctuation.
WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|(?:\w\.){2,}|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:[-'’.,]\w+)*|[^\w\s]")


def print_tags(model, names, texts):
    """A word a line with its tag, a blank line after each text."""
    sentences = [words for words in map(WORDS.findall, texts) if words]
    served = model.serve(tf.ragged.constant(sentences, dtype=tf.string, ragged_rank=1).to_tensor("")).numpy()
    for words, rows in zip(sentences, served, strict=True):
        for word, probabilities in zip(words, rows, strict=False):  # rows go on to the longest sentence's end
            best = probabilities.argmax()
            print(f"{word}\t{names[best]}\t{probabilities[best]:.3f}")
        print()


def print_written(folder, texts):
    """What a model with a decoder writes for each text, a line each."""
    from keras_transfer import data, generation, transfer

    model, tokenizer = transfer.load_model(folder / "writer.keras"), data.load_tokenizer(folder / "tokenizer")
    length = model.get_layer("decoder_position_embedding").sequence_length
    for text in generation.generate(model, tokenizer, texts, length, "beam"):
        print(text.replace("\n", " "))


def print_answers(folder, context, questions):
    """A line for each question: the answer as it stands in the text, where that is, how sure, and the question."""
    from keras_transfer import data, transfer

    model, tokenizer = transfer.load_model(folder / "answerer.keras"), data.load_tokenizer(folder / "tokenizer")
    asking = json.loads((folder / "asking.json").read_text(encoding="utf-8"))
    pairs = [(question, context) for question in questions]
    for question, found in zip(questions, transfer.answer_questions(model, tokenizer, pairs, **asking), strict=True):
        answer = " ".join(found.text.split()) or "(no answer)"
        print(f"{answer}\t{found.begin}-{found.end}\t{found.score:.3f}\t{question}")


def text_of(path):
    """What a file holds, signs at their places."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if not text.strip():
        raise ValueError(f"{path} is empty")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="*", help="texts; none: one a line on standard input")
    parser.add_argument("--model", default="runs/latest/exported", help="the exported folder (default: %(default)s)")
    parser.add_argument("--context", help="the text that questions are about, a .txt, for a model that answers them")
    arguments = parser.parse_args()
    texts = arguments.texts or [line.strip() for line in sys.stdin if line.strip()]
    if not texts:
        parser.error("no text was given")
    if (Path(arguments.model) / "answerer.keras").is_file() != (arguments.context is not None):
        parser.error("--context TEXT.txt is for a model that answers questions, and such a model needs it")
    if arguments.context is not None:
        try:
            context = text_of(arguments.context)
        except (OSError, ValueError) as error:  # not UTF-8 is one of them
            parser.error(f"--context {arguments.context}: {error}")
        print_answers(Path(arguments.model), context, texts)
        return
    if (Path(arguments.model) / "writer.keras").is_file():
        print_written(Path(arguments.model), texts)
        return
    if (Path(arguments.model) / "embedder.keras").is_file():
        parser.error("this model turns texts into vectors: python embed.py texts.csv vectors.parquet")
    names = json.loads((Path(arguments.model) / "assets.extra" / "classes.json").read_text(encoding="utf-8"))
    model = tf.saved_model.load(arguments.model)
    inputs = model.signatures["serving_default"].structured_input_signature[1]
    if "words" in inputs:
        print_tags(model, names, texts)
        return
    columns = zip(*(text.split("\t", 1) for text in texts), strict=True) if "texts_2" in inputs else [texts]
    for text, probabilities in zip(texts, model.serve(*map(tf.constant, columns)).numpy(), strict=True):
        best = probabilities.argmax()
        print(f"{names[best]}\t{probabilities[best]:.3f}\t{text}")


if __name__ == "__main__":
    main()
