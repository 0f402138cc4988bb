"""Sentiment of film and shop sentences: pretrained on the same sentences, from scratch, and the old way.

    python benchmarks/sentiment.py sentiment.csv.gz [--objective masked_lm] [--epochs 20] [--labels 100 500 0]

The table has the columns `text`, `label` and `split` (`train`, `test`). The unlabelled texts of `train` teach a WordPiece
vocabulary and pretrain a small transformer; both classifiers then get the same labels, steps, rates and stopping. Prints
accuracy and macro F1 on `test`, over all seeds, beside TF-IDF with logistic regression.
"""

import argparse
import os

import numpy as np

LENGTH = 48


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--objective", choices=["masked_lm", "electra"], default="masked_lm")
    parser.add_argument("--epochs", type=int, default=20, help="of pretraining")
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 500, 0], help="0: all")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from keras_transfer.data import load_texts, train_tokenizer

    texts = load_texts(arguments.table, arguments.table, test=arguments.table)
    print(texts.summary())
    tokenizer = train_tokenizer(texts.x_unlabelled, "wordpiece", vocabulary_size=6000, lowercase=True)
    encoder = pretrain(arguments, tokenizer, texts.x_unlabelled)
    for labels in arguments.labels:
        results = {"TF-IDF": [], "scratch": [], "pretrained": []}
        for seed in range(arguments.seeds):
            chosen = few(texts.y_labelled, labels, seed)
            x, y = [texts.x_labelled[row] for row in chosen], texts.y_labelled[chosen]
            results["TF-IDF"].append(scores(texts.y_test, tf_idf(x, y, texts.x_test)))
            for arm, start in (("scratch", backbone(tokenizer)), ("pretrained", encoder)):
                guesses = finetuned(start, tokenizer, x, y, texts, seed)
                results[arm].append(scores(texts.y_test, guesses))
        for arm, found in results.items():
            accuracy, f1 = np.mean(found, axis=0)
            print(f"{labels or len(texts.y_labelled):6d} labels  {arm:10s} accuracy {accuracy:.3f}  macro F1 {f1:.3f}")


def backbone(tokenizer):
    from keras_transfer.encoders import text_transformer

    return text_transformer(tokenizer.vocabulary_size, LENGTH, layers=4, heads=4, width=128, dropout=0.1)


def pretrain(arguments, tokenizer, texts):
    import keras

    from keras_transfer.data import batches
    from keras_transfer.objectives import ELECTRA, MaskedLM
    from keras_transfer.optimizers import WarmupCosine

    keras.utils.set_random_seed(0)
    encoder, rows = backbone(tokenizer), tokenizer.rows(texts, LENGTH)
    special = (tokenizer.mask_id, tokenizer.special_ids)
    if arguments.objective == "electra":
        model = ELECTRA(encoder, *special, length=LENGTH, generator=(2, 2, 64))
    else:
        model = MaskedLM(encoder, *special, word_starts=tokenizer.word_starts)
    train = batches(rows, 64)
    steps = arguments.epochs * int(train.cardinality())
    model.compile(
        keras.optimizers.AdamW(WarmupCosine(1e-3, steps, steps // 20), weight_decay=0.01, global_clipnorm=1.0)
    )
    history = model.fit(train, epochs=arguments.epochs, verbose=0).history
    print(
        f"pretrained: perplexity {history['perplexity'][0]:.1f} after one epoch, {history['perplexity'][-1]:.1f} at the end"
    )
    return encoder


def few(y, labels, seed):
    from keras_transfer.data import stratified_split

    return np.arange(len(y)) if not labels else stratified_split(y, labels / len(y), seed=seed)[0]


def finetuned(start, tokenizer, x, y, texts, seed):
    import keras

    from keras_transfer.encoders import sentence_encoder
    from keras_transfer.finetuning import finetune
    from keras_transfer.transfer import classifier

    keras.utils.set_random_seed(seed)
    model = classifier(sentence_encoder(start, LENGTH), classes=texts.classes, dropout=0.1)
    epochs = max(3, min(30, 20000 // len(x)))
    finetune(
        model,
        tokenizer.rows(x, LENGTH)["token_ids"],
        y,
        "full",
        epochs=epochs,
        learning_rate=5e-4,
        seed=seed,
        verbose=0,
    )
    return model.predict(tokenizer.rows(texts.x_test, LENGTH)["token_ids"], batch_size=256, verbose=0).argmax(axis=1)


def tf_idf(x, y, x_test):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegressionCV(cv=3, max_iter=1000, l1_ratios=(0,)),
    )
    return model.fit(x, y).predict(x_test)


def scores(y, guesses):
    from sklearn.metrics import accuracy_score, f1_score

    return accuracy_score(y, guesses), f1_score(y, guesses, average="macro")


if __name__ == "__main__":
    main()
