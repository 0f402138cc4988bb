"""Stage 1: train both encoders on images with texts."""

from keras_transfer import callbacks
from keras_transfer.project import compile_options, image_text_schema, pretraining_epochs, run_stage

from data import load_pairs, make_tokenizer, pretraining_batches, tokens
from model import build_objective, build_optimizer


def pretrain(config, run):
    """Train both encoders on images with texts."""
    pairs = load_pairs(config)
    tokenizer, length = make_tokenizer(config, pairs.texts_train)
    batches = pretraining_batches(config, pairs, tokens(tokenizer, pairs.texts_train, length))
    epochs = config.pretrain.epochs or pretraining_epochs(len(pairs.texts_train), shown=120_000)
    steps = epochs * len(batches) // (config.pretrain.accumulate or 1)  # of the optimizer
    with run.strategy.scope():
        objective = build_objective(config, pairs.image_shape, tokenizer.vocabulary_size, length)
        objective.compile(build_optimizer(config, objective, steps), **compile_options(config))
    objective.fit(
        batches,
        epochs=epochs,
        shuffle=False,  # the batches are: anew each epoch, by the run's seed
        callbacks=[
            callbacks.TensorBoard(run.logs, images=batches, settings=config.to_dict()),
            callbacks.NaNGuard(),
            callbacks.Resume(run.progress),
            callbacks.Progress(),
        ],
        verbose=0,
    )
    if run.is_chief:
        tokenizer.save(run / "tokenizer")
        objective.encoder.save(run / "encoder.keras")
        objective.save(run / "pair.keras")


if __name__ == "__main__":
    run_stage(pretrain, image_text_schema())
