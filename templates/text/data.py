"""From files to batches."""

import math

import numpy as np

from keras_transfer import data
from keras_transfer.project import RunError

from tasks import task_of

# Every so many texts one is kept back, where there are enough, to watch the pretraining by.
WATCHED_EVERY, FEWEST_TO_WATCH = 20, 200


def load_texts(config):
    """All the project's texts, read and checked; what is wrong with them is said here, before anything is trained."""
    try:
        texts = task_of(config).load(
            unlabelled=config.data.unlabelled,
            labelled=config.data.labelled,
            validation=config.data.validation,
            test=config.data.test,
            per=config.data.per,
            on_bad=config.data.on_bad,
        )
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error
    print(texts.summary())
    return texts


def make_tokenizer(config, texts):
    """The tokenizer of the checkpoint, if one is named, or one learned from the unlabelled texts."""
    try:
        if config.encoder.folder:
            return data.PresetTokenizer.from_checkpoint(config.encoder.folder)
        return data.train_tokenizer(
            texts,
            config.tokenizer.kind,
            vocabulary_size=config.tokenizer.vocabulary_size,
            lowercase=config.tokenizer.lowercase,
        )
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error


def row_length(config, tokenizer, texts, most=None):
    """Tokens of a row: as set, or what holds 95 of 100 texts, labelled ones if there are."""
    most = most or math.inf
    if config.data.length:
        if config.data.length > most:
            raise RunError(f"data.length={config.data.length}, but the checkpoint reads {most} tokens at most")
        return config.data.length
    task = task_of(config)
    lengths = task.lengths(tokenizer, texts.x_labelled or texts.x_unlabelled)
    return int(min(max(8, math.ceil(np.quantile(lengths, 0.95))), task.longest, most))


def pretraining_batches(config, tokenizer, texts, length, packed):
    """Batches of all tokens of the unlabelled texts, and batches of texts kept back to watch by, or None."""
    kept = texts[::WATCHED_EVERY] if len(texts) >= FEWEST_TO_WATCH else []
    learnt = [text for place, text in enumerate(texts) if place % WATCHED_EVERY] if kept else texts
    size, seed = config.pretrain.batch_size, config.run.seed
    rows = data.pretraining_rows(tokenizer, learnt, length, packed)
    watched = None
    if kept:
        held_out = data.pretraining_rows(tokenizer, kept, length, packed)
        count = len(held_out["token_ids"])
        count -= count % size if count > size else 0  # full batches, which any number of devices can share
        watched = data.batches({name: row[:count] for name, row in held_out.items()}, size, shuffle=False)
    return data.batches(rows, size, seed=seed), watched


def tokens(tokenizer, texts, length):
    """Rows of tokens, as the encoder takes them; of longer texts the beginning."""
    return tokenizer.rows(list(texts), length)["token_ids"]


def labelled(config, texts, tokenizer, length):
    """Inputs and targets to train on."""
    found = _part(config, texts, "labelled", tokenizer, length)
    if texts.x_validation is None and config.finetune.learning_rate is None:
        task_of(config).check(texts)
    return found


def validation(config, texts, tokenizer, length):
    return None if texts.x_validation is None else _part(config, texts, "validation", tokenizer, length)


def test(config, texts, tokenizer, length):
    x, y = _part(config, texts, "test", tokenizer, length)
    return x, task_of(config).truth(texts, y, tokenizer, length)


def _part(config, texts, name, tokenizer, length):
    task, found = task_of(config), getattr(texts, f"x_{name}")
    if found is None:
        raise RunError(f"data.{name} names no texts; set it in config.yaml or with --set data.{name}=PATH")
    longer = sum(each > length for each in task.lengths(tokenizer, found))
    if longer:
        print(task.cut(f"{longer} of {len(found)}", name, length))
    return task.rows(tokenizer, found, getattr(texts, f"y_{name}"), length)
