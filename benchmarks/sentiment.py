"""Sentiment of film and shop sentences: pretrained on sentences, from scratch, and the old way.

    python benchmarks/sentiment.py sentiment.csv.gz [--corpus FOLDER_OR_FILE ...] [--start masked_lm electra] [--labels 100 500 0]
    python benchmarks/sentiment.py sentiment.csv.gz --start CHECKPOINT_FOLDER --labels 100 --epochs 10 --rate 1e-4

The table has the columns `text`, `label` and `split` (`train`, `test`). A small transformer and its tokens are learnt from the
texts of `train` and from the corpora: plain text, a sentence a line, or a folder of tagged Brown files. Or a checkpoint in
Hugging Face's format stands in for both. For each number of labels prints accuracy and macro F1 on `test`, mean and standard
deviation over seeds, of `evaluation.compare`: all networks get the same labels and the same search for rate and passes, or
the rate that is named.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import keras_nlp
from pretrain_texts import pretrain_texts
from text_corpora import corpus

from keras_transfer import data, encoders, evaluation, finetuning, objectives, transfer

LENGTH = 48
OBJECTIVES = {
    "masked_lm": lambda encoder, tokenizer: objectives.MaskedLM(encoder, tokenizer.mask_id, tokenizer.special_ids, 0.3),
    "electra": lambda encoder, tokenizer: objectives.ELECTRA(
        encoder, tokenizer.mask_id, tokenizer.special_ids, length=LENGTH, generator=(1, 2, 64)
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--corpus", nargs="+", default=[], help="more to pretrain on")
    parser.add_argument("--start", nargs="+", default=list(OBJECTIVES), help="objectives, or folders of checkpoints")
    parser.add_argument("--steps", type=int, default=6000, help="of pretraining, 32 rows each")
    parser.add_argument("--layers", type=int, default=1, help="blocks of the encoder to pretrain")
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 500, 0], help="0: all")
    parser.add_argument("--epochs", type=int, help="of fine-tuning; left out: 20 up to 1,500 labels, fewer for more")
    parser.add_argument("--rate", type=float, help="of fine-tuning and scratch; left out: searched for")
    parser.add_argument("--recipe", default="gradual")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--keep",
        help="folder for what was pretrained, as benchmarks/ulmfit_ablation.py takes it; what is there is not pretrained again",
    )
    arguments = parser.parse_args()

    texts = data.load_texts(arguments.table, arguments.table, test=arguments.table)
    print(texts.summary())
    for start in arguments.start:
        encoder, tokenizer = (pretrained if start in OBJECTIVES else checkpoint)(start, texts, arguments)
        for labels in arguments.labels:
            rows(start, encoder, tokenizer, labels, texts, arguments)


def checkpoint(folder, texts, arguments):
    """The encoder and tokenizer of a folder."""
    backbone = keras_nlp.models.Backbone.from_preset(folder)
    return keep(
        encoders.sentence_encoder(backbone, LENGTH), data.PresetTokenizer.from_checkpoint(folder), folder, arguments
    )


def pretrained(start, texts, arguments):
    """An encoder and tokenizer that have learnt from the texts."""
    kept = arguments.keep and Path(arguments.keep, start)
    if kept and (kept / "encoder.keras").exists():
        return transfer.load_model(kept / "encoder.keras"), data.load_tokenizer(kept / "tokenizer")
    keras.utils.set_random_seed(0)
    sentences = [
        *texts.x_unlabelled,
        *(line for path in arguments.corpus for line in corpus(path).splitlines() if line),
    ]
    tokenizer = data.train_tokenizer(sentences, "unigram", vocabulary_size=8000, lowercase=True)
    backbone = encoders.text_transformer(
        tokenizer.vocabulary_size, LENGTH, layers=arguments.layers, heads=4, width=128, dropout=0.1
    )
    model = OBJECTIVES[start](backbone, tokenizer)
    history = pretrain_texts(model, tokenizer, sentences, LENGTH, arguments.steps, batch=32, looks=10)
    found = {name: [round(values[at], 2) for at in (0, -1)] for name, values in history.items()}
    print(
        f"{start}: {len(sentences)} texts, {arguments.steps} batches of 32, first and last tenth: {found}", flush=True
    )
    return keep(encoders.sentence_encoder(backbone, LENGTH), tokenizer, start, arguments)


def keep(encoder, tokenizer, start, arguments):
    """Both, written to a folder of `--keep`."""
    if arguments.keep:
        kept = Path(arguments.keep, Path(start).name)
        kept.mkdir(parents=True, exist_ok=True)
        encoder.save(kept / "encoder.keras")
        tokenizer.save(kept / "tokenizer")
    return encoder, tokenizer


def rows(start, encoder, tokenizer, labels, texts, arguments):
    """Compare with that many labels; print the table's rows."""
    x, y = texts.x_labelled, texts.y_labelled
    if labels:
        chosen = data.stratified_split(y, labels / len(y), seed=0)[0]
        x, y = [x[row] for row in chosen], y[chosen]
    epochs = arguments.epochs or finetuning.epochs_by_size(len(y), most=20, shown=30_000)
    budget = finetuning.Budget(arguments.rate, epochs)
    rates = {"learning_rates": (3e-5, 1e-4, 3e-4)} if start not in OBJECTIVES else {}
    comparison = evaluation.compare(
        encoder,
        (tokenizer.rows(x, LENGTH)["token_ids"], y),
        (tokenizer.rows(texts.x_test, LENGTH)["token_ids"], texts.y_test),
        texts.classes,
        arguments.recipe,
        epochs=epochs,
        budgets={"scratch": budget, "finetuned": budget} if arguments.rate else None,
        baselines={"TF-IDF": evaluation.tfidf_baseline(x, y, texts.x_test)},
        seeds=arguments.seeds,
        **rates,
    )
    for arm, scores in comparison["test"].items():
        spread = " | ".join(
            f"{scores[name]['mean']:.3f} ± {scores[name]['std']:.3f}" for name in ("accuracy", "macro_f1")
        )
        print(f"| {Path(start).name} | {len(y)} | {arm} | {spread} |", flush=True)
    print({arm: (found["learning_rate"], found["epochs"]) for arm, found in comparison["budgets"].items()}, flush=True)


if __name__ == "__main__":
    main()
