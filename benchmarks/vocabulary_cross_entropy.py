"""Memory and time of the vocabulary cross-entropy beside the plain form.

    python benchmarks/vocabulary_cross_entropy.py [--tokens 8192] [--vocabulary 32768] [--width 256]

Each form runs in a process of its own: value and gradients of one loss, three times. Memory is the peak of the resident set
above what the process held before the loss (TensorFlow itself, the inputs).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=8192)
    parser.add_argument("--vocabulary", type=int, default=32768)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--form", choices=["plain", "tiled"], help="run this form here and print JSON")
    arguments = parser.parse_args()
    if arguments.form:
        print(json.dumps(measure(arguments)))
        return
    results = {}
    for form in ("plain", "tiled"):
        command = [sys.executable, __file__, "--form", form]
        for name in ("tokens", "vocabulary", "width"):
            command += [f"--{name}", str(getattr(arguments, name))]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        results[form] = json.loads(output.splitlines()[-1])
        print(
            "{:5s} loss {loss:.6f}  gradient norms {norms}  peak {peak:.0f} MB  {seconds:.2f} s".format(
                form, **results[form]
            )
        )
    plain, tiled = results["plain"], results["tiled"]
    print(
        f"memory: 1/{plain['peak'] / tiled['peak']:.1f} of plain   time: {tiled['seconds'] / plain['seconds']:.2f} of plain"
    )
    print(f"largest relative difference of loss and gradients: {largest_difference(plain, tiled):.1e}")


def largest_difference(one, other):
    pairs = zip(
        [one["loss"], *one["norms"], *one["samples"]], [other["loss"], *other["norms"], *other["samples"]], strict=True
    )
    return max(abs(a - b) / max(abs(a), 1e-3) for a, b in pairs)


def measure(arguments):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from keras_transfer.losses import vocabulary_cross_entropy

    hidden = tf.Variable(tf.random.stateless_normal([arguments.tokens, arguments.width], [1, 2]))
    embeddings = tf.Variable(0.1 * tf.random.stateless_normal([arguments.vocabulary, arguments.width], [3, 4]))
    targets = tf.random.stateless_uniform([arguments.tokens], [5, 6], maxval=arguments.vocabulary, dtype=tf.int32)

    def plain():
        logits = tf.matmul(hidden, embeddings, transpose_b=True)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits))

    def tiled():
        return tf.reduce_mean(vocabulary_cross_entropy(hidden, embeddings, targets)[0])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = {"plain": plain, "tiled": tiled}[arguments.form]()
        return loss, [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, [hidden, embeddings])]

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        loss, gradients = step()
        loss.numpy()
        seconds.append(time.perf_counter() - start)
    return {
        "loss": float(loss),
        "norms": [float(tf.norm(gradient)) for gradient in gradients],
        "samples": [
            float(number) for gradient in gradients for number in tf.reshape(gradient, [-1])[:: 997 * 64] * 1e4
        ],
        "peak": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "seconds": min(seconds),
    }


if __name__ == "__main__":
    main()
