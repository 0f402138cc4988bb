"""Questions whose answers stand in a text: pretrained, from scratch, and the old way.

    python benchmarks/questions.py [--labels 300] [--steps 300] [--keep FOLDER]

There is no data set of people's questions in here: these are cloze questions of Python's own manual (`pydoc_data`). Of
a sentence the rarest word that its paragraph has once is left out, "what" stands for it, and it is to be found in the
paragraph, which still holds the sentence. A person, or a program that compares words, finds it at once; a network has
to learn to look for the sentence and for what is new in it. Whole chapters are for test, and no paragraph is in two
parts. They are written as SQuAD has them and read again. A small transformer learns from the training chapters and
from the docstrings of Python's standard library, without questions. Prints F1 and exact match of `evaluation.compare`,
mean and standard deviation over seeds: all networks get the same questions, rate and passes.
"""

import argparse
import collections
import json
import os
import re
import tempfile
import time
from pathlib import Path
from pydoc_data.topics import topics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
from pretrain_texts import pretrain_texts
from text_corpora import docstrings

from keras_transfer import data, encoders, evaluation, finetuning, objectives

LENGTH, TEST_EVERY = 112, 4
WORD = re.compile(r"[a-z]{4,}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=300, help="questions to fine-tune on, at most")
    parser.add_argument("--asked", type=int, default=200, help="questions for test, at most")
    parser.add_argument("--steps", type=int, default=300, help="of pretraining, 16 rows each")
    parser.add_argument("--layers", type=int, default=2, help="blocks of the encoder")
    parser.add_argument("--epochs", type=int, default=6, help="of fine-tuning and scratch")
    parser.add_argument("--rate", type=float, default=1e-3, help="of fine-tuning and scratch")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--keep", help="folder that the questions are written into")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.keep or temporary)
        write_questions(folder, arguments.labels, arguments.asked)
        texts = data.load_questions(folder / "corpus.txt", folder / "train.json", test=folder / "test.json")
    print(texts.summary(), flush=True)
    tokenizer = data.train_tokenizer(texts.x_unlabelled, "unigram", vocabulary_size=3000, lowercase=True)
    encoder = pretrained(texts.x_unlabelled, tokenizer, arguments)
    rows, labels, _ = data.question_rows(tokenizer, texts.x_labelled, texts.y_labelled, LENGTH)
    asked, _, windows = data.question_rows(tokenizer, texts.x_test, texts.y_test, LENGTH)
    budget = finetuning.Budget(arguments.rate, arguments.epochs)
    comparison = evaluation.compare(
        encoders.sentence_encoder(encoder, LENGTH),
        (rows, labels),
        (asked, windows),
        task=finetuning.QuestionAnswering(no_answers=False),
        recipe="full",
        epochs=arguments.epochs,
        budgets={"scratch": budget, "finetuned": budget},
        baselines={"similar sentence": evaluation.question_baseline(texts.x_labelled, texts.y_labelled, texts.x_test)},
        seeds=arguments.seeds,
        say=lambda line: print(line, flush=True),
    )
    for arm, scores in comparison["test"].items():
        found = (f"{one['mean']:.3f} ± {one['std']:.3f}" for one in scores.values())
        print(f"| {arm} | {' | '.join(found)} |")
    print(
        f"{len(texts.x_labelled)} questions, {len(texts.x_test)} for test, {time.process_time():.0f} s of processor time"
    )


def write_questions(folder, labels, asked):
    """`corpus.txt`, and `train.json` and `test.json` in SQuAD's format."""
    folder.mkdir(parents=True, exist_ok=True)
    seen, parts, prose = set(), {"train": [], "test": []}, []
    for number, topic in enumerate(sorted(topics)):
        paragraphs = [text for text in paragraphs_of(topics[topic]) if text not in seen]
        seen.update(paragraphs)
        part = "test" if number % TEST_EVERY == 0 else "train"
        parts[part].append((topic, paragraphs))
        prose += paragraphs if part == "train" else []
    counts = collections.Counter(word for text in seen for word in set(WORD.findall(text.lower())))
    for part, most in (("train", labels), ("test", asked)):
        (folder / f"{part}.json").write_text(json.dumps(squad(parts[part], counts, most)), encoding="utf-8")
    held = {text for _, paragraphs in parts["test"] for text in paragraphs}
    corpus = [text for text in [*prose, *explanations()] if text not in held]
    (folder / "corpus.txt").write_text("\n".join(corpus), encoding="utf-8")


def paragraphs_of(text):
    """Prose of some sentences that fits into a row."""
    found = (" ".join(block.split()) for block in re.split(r"\n\s*\n", text))
    return [one for one in found if 20 <= len(one.split()) <= 45 and not re.search(r"::=|>>>", one)]


def explanations():
    """Paragraphs of the docstrings of the standard library."""
    for _, docstring in docstrings("*.py"):
        for block in re.split(r"\n\s*\n", docstring):
            if len(block.split()) >= 8 and ">>>" not in block:
                yield " ".join(block.split())


def squad(chapters, counts, most):
    """Cloze questions of paragraphs, spread over the chapters, as SQuAD has them."""
    made = [(topic, text, cloze(text, counts)) for topic, paragraphs in chapters for text in paragraphs]
    made = [one for one in made if one[2]]
    entries = []
    for number, (topic, text, (question, word, start)) in enumerate(made[:: max(1, -(-len(made) // most))]):
        answer = {"text": word, "answer_start": start}
        asked = {"id": f"{topic}-{number}", "question": question, "answers": [answer]}
        entries.append({"title": topic, "paragraphs": [{"context": text, "qas": [asked]}]})
    return {"version": "1.1", "data": entries}


def cloze(text, counts):
    """A sentence with "what" for its rarest word that the text has once, that word, and where it stands; None without any."""
    words = WORD.findall(text.lower())
    once = [word for word in set(words) if words.count(word) == 1 and counts[word] > 1]  # known from elsewhere
    places = [found for found in re.finditer(r"\b[A-Za-z]{4,}\b", text) if found.group().lower() in once]
    if not places:
        return None
    chosen = min(places, key=lambda found: (counts[found.group().lower()], found.start()))
    sentence = next(one for one in re.finditer(r"\S.*?(?:[.!?](?=\s)|$)", text) if one.end() >= chosen.end())
    begin, end = (place - sentence.start() for place in chosen.span())
    return f"{sentence.group()[:begin]}what{sentence.group()[end:]}", chosen.group(), chosen.start()


def pretrained(texts, tokenizer, arguments):
    """An encoder that has filled in hidden tokens."""
    keras.utils.set_random_seed(0)
    encoder = encoders.text_transformer(
        tokenizer.vocabulary_size, LENGTH, layers=arguments.layers, heads=4, width=128, dropout=0.1
    )
    model = objectives.MaskedLM(encoder, tokenizer.mask_id, tokenizer.special_ids, 0.3)
    history = pretrain_texts(model, tokenizer, texts, LENGTH, arguments.steps, batch=16, looks=4)
    print(f"loss of hidden tokens: {[round(loss, 2) for loss in history['loss']]}")
    return encoder


if __name__ == "__main__":
    main()
