"""Memory and time of the contrastive losses beside their plain forms, which hold every pair of rows.

    python benchmarks/contrastive_memory.py [--rows 16384] [--width 128] [--losses nt_xent info_nce sup_con clip siglip]

Each form runs in a process of its own: value and gradient of one loss, some times over, best time; that of the processor is
less disturbed by other work. Memory is the peak of the resident set above what the process held before (TensorFlow, the inputs,
a small loss to warm up). 16384 rows are a batch of 8192 in two views, or of 8192 images with their texts.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

TEMPERATURE, CLASSES = 0.1, 100
LOSSES = ["nt_xent", "info_nce", "sup_con", "clip", "siglip"]
# glibc keeps freed blocks of up to 32 MB for later; here they go back, so that the peak is of what is in use. The environment
# has precedence: with MALLOC_MMAP_THRESHOLD_=33554432 the peaks include what glibc keeps.
RETURN_FREED = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=16384)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--losses", nargs="+", choices=LOSSES, default=LOSSES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--form", choices=["plain", "tiled"], help="measure this form of the one loss named, print JSON"
    )
    arguments = parser.parse_args()
    if arguments.form:
        print(json.dumps(measure(arguments)))
        return
    print(
        "| loss | plain peak | ours | ratio | plain time | ours | ratio | ratio of processor time | difference of gradients |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    for loss in arguments.losses:
        plain, tiled = (in_a_process(loss, form, arguments) for form in ("plain", "tiled"))
        difference = max(abs(a - b) for a, b in zip(plain["samples"], tiled["samples"], strict=True)) / plain["largest"]
        print(
            f"| {loss} | {plain['peak']:.0f} MB | {tiled['peak']:.0f} MB | 1/{plain['peak'] / tiled['peak']:.1f} "
            f"| {plain['seconds']:.2f} s | {tiled['seconds']:.2f} s | {tiled['seconds'] / plain['seconds']:.2f} "
            f"| {tiled['processor'] / plain['processor']:.2f} | {difference:.1e} |",
            flush=True,
        )


def in_a_process(loss, form, arguments):
    command = [sys.executable, __file__, "--losses", loss, "--form", form]
    for name in ("rows", "width", "rounds"):
        command += [f"--{name}", str(getattr(arguments, name))]
    output = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**RETURN_FREED, **os.environ}
    ).stdout
    return json.loads(output.splitlines()[-1])


def measure(arguments):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    forms = plain_forms(tf) if arguments.form == "plain" else our_forms(tf)

    def step(first, second, labels):
        with tf.GradientTape() as tape:
            tape.watch([first, second])
            loss = forms[arguments.losses[0]](first, second, labels)
        return loss, tape.gradient(loss, [first, second])

    def inputs(rows):
        views = [tf.random.stateless_normal([rows, arguments.width], [seed, 2]) for seed in range(2)]
        return *views, tf.random.stateless_uniform([rows], [5, 6], maxval=CLASSES, dtype=tf.int32)

    # InfoNCE has as many queries as the others have views of both kinds.
    rows = arguments.rows if arguments.losses[0] == "info_nce" else arguments.rows // 2
    # With the number of rows unknown, the few of the warm-up take the way of many: its code is in memory then.
    tf.function(step, input_signature=unknown_rows(tf, arguments.width))(*inputs(64))
    batch = inputs(rows)
    step = tf.function(step)
    step.get_concrete_function(*batch)
    before = resident("VmRSS")
    forget_peak()
    seconds, processor = [], []
    for _ in range(arguments.rounds):
        start = time.perf_counter(), time.process_time()
        loss, gradients = step(*batch)
        loss.numpy()
        seconds.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    peak = resident("VmHWM") - before
    flat = tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)
    return {
        "loss": float(loss),
        "samples": [float(number) for number in flat[::9973]],
        "largest": float(tf.reduce_max(tf.abs(flat))),
        "peak": peak,
        "seconds": min(seconds),
        "processor": min(processor),
    }


def unknown_rows(tf, width):
    views = [tf.TensorSpec([None, width], tf.float32)] * 2
    return [*views, tf.TensorSpec([None], tf.int32)]


def our_forms(tf):
    from keras_transfer.losses import CLIPLoss, InfoNCE, NTXent, SigLIPLoss, SupConLoss

    return {
        "nt_xent": lambda first, second, labels: NTXent(TEMPERATURE)(second, first),
        "info_nce": lambda first, second, labels: InfoNCE(TEMPERATURE)(second, first),
        "sup_con": lambda first, second, labels: SupConLoss(TEMPERATURE)(labels, tf.stack([first, second], axis=1)),
        "clip": lambda first, second, labels: CLIPLoss(TEMPERATURE)(second, first),
        "siglip": lambda first, second, labels: SigLIPLoss(1 / TEMPERATURE)(second, first),
    }


def plain_forms(tf):
    """The losses as they are usually written, with the whole matrix of logits."""

    def similarities(first, second):
        first, second = (tf.math.l2_normalize(view, axis=1) for view in (first, second))
        return tf.matmul(first, second, transpose_b=True) / TEMPERATURE

    def nt_xent(first, second, labels):
        both, samples = tf.concat([first, second], axis=0), tf.shape(first)[0]
        logits = tf.linalg.set_diag(similarities(both, both), tf.fill([2 * samples], -float("inf")))
        positives = tf.roll(tf.range(2 * samples), samples, axis=0)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(positives, logits))

    def info_nce(first, second, labels):
        logits = similarities(first, second)
        own = tf.range(tf.shape(first)[0])
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(own, logits))

    def sup_con(first, second, labels):
        both, labels = tf.concat([first, second], axis=0), tf.tile(labels, [2])
        logits = similarities(both, both)
        itself = tf.eye(tf.shape(both)[0])
        positives = tf.cast(labels[:, None] == labels[None, :], tf.float32) - itself
        total = tf.reduce_logsumexp(tf.linalg.set_diag(logits, tf.fill(tf.shape(labels), -float("inf"))), axis=1)
        of_pairs = positives * (logits - total[:, None])
        return -tf.reduce_mean(tf.reduce_sum(of_pairs, axis=1) / tf.reduce_sum(positives, axis=1))

    def clip(first, second, labels):
        logits = similarities(first, second)
        own = tf.range(tf.shape(first)[0])
        of_images = tf.nn.sparse_softmax_cross_entropy_with_logits(own, logits)
        return tf.reduce_mean(of_images + tf.nn.sparse_softmax_cross_entropy_with_logits(own, tf.transpose(logits))) / 2

    def siglip(first, second, labels):
        logits = similarities(first, second) - 10
        answers = 2 * tf.eye(tf.shape(first)[0]) - 1
        return -tf.reduce_sum(tf.math.log_sigmoid(answers * logits)) / tf.cast(tf.shape(first)[0], tf.float32)

    return {"nt_xent": nt_xent, "info_nce": info_nce, "sup_con": sup_con, "clip": clip, "siglip": siglip}


def resident(field):
    """Megabytes of this process in memory: now (VmRSS) or at most (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def forget_peak():
    """Let VmHWM begin anew from what is resident now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main()
