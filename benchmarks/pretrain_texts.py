"""The pretraining that benchmarks on texts share."""

import keras

from keras_transfer import data, optimizers


def pretrain_texts(model, tokenizer, texts, length, steps, batch, looks):
    """Train an objective on texts: AdamW, warm-up and cosine to a peak of 3e-3.

    Args:
        model: Of `keras_transfer.objectives`; it is compiled here.
        tokenizer: `data.TextTokenizer`.
        texts: Strings.
        length: Tokens in a row.
        steps: Batches in all.
        batch: Rows in each.
        looks: Parts of the training to average what is shown over.

    Returns:
        Dict of the averages, a list of `looks` numbers each.
    """
    train = data.batches(data.pretraining_rows(tokenizer, texts, length, packed=True), batch)
    adamw = keras.optimizers.AdamW(
        optimizers.WarmupCosine(3e-3, steps, steps // 20), weight_decay=0.01, global_clipnorm=1.0
    )
    model.compile(optimizers.exclude_rank_one(adamw, model))
    each = max(1, steps // looks)
    return model.fit(train.repeat(), steps_per_epoch=each, epochs=looks, verbose=0, shuffle=False).history
