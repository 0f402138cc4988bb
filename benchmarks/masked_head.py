"""Time of `objectives.MaskedLM`'s head, which projects hidden tokens alone, beside one that projects every token.

    python benchmarks/masked_head.py [--batch 32] [--length 128] [--width 256] [--vocabulary 30522] [--rounds 5]

The other head is the usual way to train on 15 % of the tokens: scores of the vocabulary for all tokens, then a cross-entropy that
weighs the ones that are not hidden by zero. Both have the same vectors, weights and targets; a round is value and gradients, in
turns in one process. The two losses are printed, too, and agree.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import keras_nlp
import numpy as np
import tensorflow as tf

from keras_transfer import encoders, objectives


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in dict(batch=32, length=128, width=256, vocabulary=30522, rounds=5).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    heads, weights = make_heads(arguments)
    vectors = tf.random.stateless_normal([arguments.batch, arguments.length, arguments.width], [1, 2])
    steps = {name: step(head, vectors, weights) for name, head in heads.items()}
    losses = {name: float(run()[0]) for name, run in steps.items()}  # traces
    seconds = {name: [] for name in steps}
    for _ in range(arguments.rounds):
        for name, run in steps.items():
            started = time.perf_counter()
            run()[0].numpy()
            seconds[name].append(time.perf_counter() - started)
    middle = {name: statistics.median(found) for name, found in seconds.items()}
    for name, value in middle.items():
        print(f"{name:14s} {1000 * value:8.1f} ms   loss {losses[name]:.5f}")
    print(f"{middle['every token'] / middle['hidden tokens']:.1f} times faster")


def make_heads(arguments):
    """Functions from the encoder's vectors to the loss, and what both are trained by."""
    keras.utils.set_random_seed(0)
    encoder = encoders.text_transformer(
        arguments.vocabulary, arguments.length, layers=1, heads=4, width=arguments.width
    )
    model = objectives.MaskedLM(encoder, mask_id=4, special_ids=range(5))
    tokens = np.random.default_rng(0).integers(5, arguments.vocabulary, (arguments.batch, arguments.length))
    rows = {"token_ids": tf.constant(tokens, tf.int32), "documents": tf.ones(tokens.shape, tf.int32)}
    _, positions, targets = model.mask(rows, fresh=False)
    hidden = tf.reduce_sum(
        tf.one_hot(positions, arguments.length) * tf.cast(targets >= 0, tf.float32)[..., None], axis=1
    )
    embedding = encoder.get_layer("token_embedding")
    other = keras_nlp.layers.MaskedLMHead(token_embedding=embedding, intermediate_activation="gelu")
    other.build((None, arguments.length, arguments.width))
    copy_head(model, other)
    everywhere = tf.tile(tf.range(arguments.length)[None], (arguments.batch, 1))

    def hidden_tokens(vectors):
        gathered = model.transform(tf.gather(vectors, positions, batch_dims=1))
        return tf.reduce_sum(model.token_losses(gathered, targets, model.bias)) / tf.reduce_sum(hidden)

    def every_token(vectors):
        scores = other(vectors, mask_positions=everywhere)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(rows["token_ids"], scores)
        return tf.reduce_sum(losses * hidden) / tf.reduce_sum(hidden)

    return {"hidden tokens": hidden_tokens, "every token": every_token}, [embedding.embeddings.value]


def copy_head(model, other):
    """The same dense layer, norm and bias."""
    ours = [*model.dense.weights, *model.norm.weights, model.bias]
    theirs = [weight for weight in other.weights if "embeddings" not in weight.path]
    for one, two in zip(sorted(ours, key=shape), sorted(theirs, key=shape), strict=True):
        two.assign(one)


def shape(weight):
    return tuple(weight.shape), weight.path.rsplit("/", 1)[-1]


def step(head, vectors, weights):
    @tf.function
    def run():
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            loss = head(vectors)
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, [vectors, *weights])]
        return loss, gradients  # what is not returned is not computed

    return run


if __name__ == "__main__":
    main()
