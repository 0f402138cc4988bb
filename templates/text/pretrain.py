"""Stage 1: pretrain the encoder on texts without labels."""

import math

import numpy as np

from keras_transfer import callbacks, encoders
from keras_transfer.project import compile_options, pretraining_epochs, run_stage, text_schema

from data import load_texts, make_tokenizer, pretraining_batches, row_length, tokens
from model import HIDING, build_backbone, build_objective, build_optimizer, load_checkpoint, reads_packed_rows
from tasks import task_of

TOKENS_SHOWN = 2_600_000
WATCHED = 256


def monitors(config, run, encoder, texts, tokenizer, length, epochs):
    """What is looked at at the end of epochs, at most twenty times. The encoder learns nothing from the labels."""
    often = {"every": math.ceil(epochs / 20)}
    few = tokens(tokenizer, texts.x_unlabelled[:WATCHED], length)
    found = [callbacks.CollapseMonitor(few, encoder=encoder, **often)] if len(few) > 1 else []
    if texts.x_labelled is not None and task_of(config).one_a_text:
        chosen = np.random.default_rng(config.run.seed).permutation(len(texts.x_labelled))[:WATCHED]
        y = texts.y_labelled[chosen]
        counts = np.unique(y, return_counts=True)[1]
        if len(counts) > 1 and max(counts) > 1:
            known = tokens(tokenizer, [texts.x_labelled[place] for place in chosen], length), y
            found += [kind(*known, encoder=encoder, **often) for kind in (callbacks.KNNMonitor, callbacks.ProbeMonitor)]
    if config.pretrain.objective in HIDING and run.is_chief:
        found.append(callbacks.FilledText(tokenizer, texts.x_unlabelled[:8], run.logs, length=length, **often))
    if config.pretrain.objective == "denoising_seq2seq" and run.is_chief:
        found.append(callbacks.RestoredText(tokenizer, texts.x_unlabelled[:8], run.logs, length=length, **often))
    if config.pretrain.objective == "causal_lm" and run.is_chief:
        prompts = [tokenizer.decode(row[: length // 4]) for row in tokenizer.encode(texts.x_unlabelled[:8])]
        found.append(callbacks.GeneratedText(tokenizer, prompts, run.logs, length=length, **often))
    return found


def pretrain(config, run):
    """Pretrain the encoder on the unlabelled texts."""
    texts = load_texts(config)
    tokenizer = make_tokenizer(config, texts.x_unlabelled)
    with run.strategy.scope():
        backbone = load_checkpoint(config)
        length = row_length(config, tokenizer, texts, getattr(backbone, "max_sequence_length", None))
        backbone = backbone or build_backbone(config, tokenizer.vocabulary_size, length)
        objective = build_objective(config, backbone, tokenizer, length)
        encoder = encoders.sentence_encoder(backbone, length, config.encoder.pool, tokenizer.pad_id)
        batches, held_out = pretraining_batches(
            config, tokenizer, texts.x_unlabelled, length, packed=reads_packed_rows(config)
        )
        shown = len(batches) * config.pretrain.batch_size
        epochs = config.pretrain.epochs or pretraining_epochs(shown, shown=TOKENS_SHOWN // length)
        steps = epochs * len(batches) // (config.pretrain.accumulate or 1)  # of the optimizer
        objective.compile(build_optimizer(config, objective, steps), **compile_options(config))
    print(f"{tokenizer.vocabulary_size} tokens, rows of {length}, {len(batches)} batches, {epochs} epochs.")
    objective.fit(
        batches,
        epochs=epochs,
        shuffle=False,  # the batches are: anew each epoch, by the run's seed
        validation_data=held_out,
        callbacks=[
            *monitors(config, run, encoder, texts, tokenizer, length, epochs),  # before those that show their numbers
            callbacks.TensorBoard(run.logs, settings=config.to_dict()),
            callbacks.NaNGuard(),
            callbacks.Resume(run.progress),
            callbacks.Progress(),
        ],
        verbose=0,
    )
    if run.is_chief:
        tokenizer.save(run / "tokenizer")
        encoder.save(run / "encoder.keras")
        if config.finetune.task == "writing":
            backbone.save(run / "backbone.keras")  # with its decoder


if __name__ == "__main__":
    run_stage(pretrain, text_schema())
