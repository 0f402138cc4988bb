"""Character language model in nanoGPT's CPU setting: 4 layers, 4 heads, 128 wide, context 64, batch 12, 2000 steps.

    python benchmarks/char_lm.py [--text FILE] [--backbone text_transformer] [--seed 1] [--threads 1]
    python benchmarks/char_lm_torch.py [--text FILE] [--threads 1]     # the same in PyTorch, in an environment of its own

Prints the loss in nats a character over the whole validation tenth, and the seconds that training took. Both scripts share
the text, the split, AdamW (.9, .99), weight decay .1 on matrices, clipping at 1, 100 steps of warm-up and a cosine from 1e-3
to 1e-4.
"""

import argparse
import os
import time

import numpy as np
from text_corpora import corpus

STEPS, BATCH, LENGTH, LAYERS, HEADS, WIDTH = 2000, 12, 64, 4, 4, 128
CHARACTERS = 1_000_000  # at most


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", help="a text file; default: the help topics that ship with Python")
    parser.add_argument("--backbone", choices=["text_transformer", "gpt2", "llama"], default="text_transformer")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="processor threads; default: the library's choice")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    from keras_transfer.data import token_windows
    from keras_transfer.objectives import CausalLM

    if arguments.threads:
        tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
        tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
    keras.utils.set_random_seed(arguments.seed)
    characters, tokens = np.unique(list(corpus(arguments.text)[:CHARACTERS]), return_inverse=True)
    tokens = tokens.astype(np.uint16)
    held_out = len(tokens) * 9 // 10
    model = CausalLM(
        backbone(arguments.backbone, len(characters)), token_bytes=[len(character.encode()) for character in characters]
    )
    model.compile(optimizer(model, arguments.steps))
    train = token_windows(tokens[:held_out], LENGTH, BATCH, seed=arguments.seed, steps=arguments.steps)
    start, busy = time.perf_counter(), time.process_time()
    history = model.fit(train, verbose=0).history
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    validation = token_windows(tokens[held_out:], LENGTH, 128, shuffle=False)
    results = model.evaluate(validation, verbose=0, return_dict=True)
    print(
        f"keras_transfer {arguments.backbone}: {len(tokens)} characters, {len(characters)} kinds, "
        f"{model.count_params()} weights\n"
        f"training {seconds:.1f} s ({busy:.1f} s of processor), mean training loss {history['loss'][-1]:.4f}\n"
        f"validation loss {results['loss']:.4f} nats a character, {results['bits_per_byte']:.4f} bits a byte"
    )


def backbone(name, vocabulary):
    import keras_nlp

    from keras_transfer.encoders import text_transformer

    if name == "gpt2":
        return keras_nlp.models.GPT2Backbone(
            vocabulary, LAYERS, HEADS, WIDTH, 4 * WIDTH, dropout=0.0, max_sequence_length=LENGTH
        )
    if name == "llama":
        return keras_nlp.models.LlamaBackbone(
            vocabulary, LAYERS, HEADS, WIDTH, 8 * WIDTH // 3, HEADS, tie_word_embeddings=True
        )
    return text_transformer(vocabulary, LENGTH, LAYERS, HEADS, WIDTH, causal=True, dropout=0.0)


def optimizer(model, steps):
    import keras

    from keras_transfer.optimizers import WarmupCosine

    schedule = WarmupCosine(1e-3, total_steps=steps, warmup_steps=100, start=1e-3 / 101, end=1e-4)
    adamw = keras.optimizers.AdamW(
        schedule, weight_decay=0.1, beta_1=0.9, beta_2=0.99, epsilon=1e-8, global_clipnorm=1.0
    )
    adamw.exclude_from_weight_decay(var_list=[weight for weight in model.trainable_weights if len(weight.shape) < 2])
    return adamw


if __name__ == "__main__":
    main()
