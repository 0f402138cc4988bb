"""What a training step sends between replicas, and what that predicts for many GPUs. A calculation: nothing is timed.

    python -m benchmarks.scaling --objectives SimCLR BYOL --encoder resnet18 --image 96 --batch 128 --step 0.25
    python -m benchmarks.scaling --step 0.2 --bandwidth 25 --gpus 8 64 512

The training step of each objective is traced on two and on four replicas (logical CPUs), with one batch and twice the batch, and
the bytes that its collective operations send are read from the graphs. With n replicas of b samples each they are

    all-reduced  R = gradients + rest + b * per sample + n * b * per sample of the whole batch
    gathered     G = n * (fixed + b * per sample)

where `rest` are batch norms and sums over the batch. On a ring every replica sends 2 (n - 1) / n * R and (n - 1) / n * G. A step
is predicted to take what it takes on one GPU (`--step`), those bytes over `--bandwidth`, and `--latency` for each collective,
one after the other: in practice some of it happens while gradients are still computed. The work of a loss on a larger whole
batch, and machines that wait for the slowest one, are not in it.
"""

import argparse
import collections
import dataclasses
import os
import threading
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf

import keras_transfer as kt

MOST = 4  # replicas that are traced


@dataclasses.dataclass(frozen=True)
class Step:
    """Bytes that one replica hands to the collectives of one step, and how many collectives there are."""

    reduced: int
    gathered: int
    collectives: int
    gradients: int


@dataclasses.dataclass(frozen=True)
class Traffic:
    """Bytes of a step as a function of replicas and samples a replica, as in the module's docstring."""

    gradients: float
    rest: float
    per_sample: float
    per_whole: float
    gathered: float
    gathered_per_sample: float
    collectives: int

    def reduced_bytes(self, replicas, batch):
        """R."""
        return self.gradients + self.rest + batch * self.per_sample + replicas * batch * self.per_whole

    def gathered_bytes(self, replicas, batch):
        """G."""
        return replicas * (self.gathered + batch * self.gathered_per_sample)

    def seconds(self, replicas, batch, step, bandwidth, latency):
        """Of a step of `replicas`, given that of one, the bytes a second of a link and the seconds of a collective's start."""
        share = (replicas - 1) / replicas
        sent = share * (2 * self.reduced_bytes(replicas, batch) + self.gathered_bytes(replicas, batch))
        return step + sent / bandwidth + (self.collectives * latency if replicas > 1 else 0)


def traffic(make, batch, strategies):
    """The `Traffic` of an objective.

    Args:
        make: Function without arguments that returns a compiled objective, and a function from a number of samples to the
            `tf.TensorSpec` of its input.
        batch: Samples a replica to trace with.
        strategies: Two `MirroredStrategy` of different numbers of replicas.
    """
    few, more = strategies
    one, double = (count(make, number, few) for number in (batch, 2 * batch))
    other = count(make, batch, more)
    n, m = few.num_replicas_in_sync, more.num_replicas_in_sync
    per_whole = (other.reduced - one.reduced) / ((m - n) * batch)
    per_sample = (double.reduced - one.reduced) / batch - n * per_whole
    fixed = one.reduced - batch * (per_sample + n * per_whole)
    gathered_per_sample = (double.gathered - one.gathered) / batch
    gathered = one.gathered - batch * gathered_per_sample
    rest = fixed - one.gradients
    return Traffic(one.gradients, rest, per_sample, per_whole, gathered, gathered_per_sample, one.collectives)


def count(make, batch, strategy):
    """The `Step` of one replica, from the graph of the training step."""
    with strategy.scope():
        objective, inputs = make()
        objective.optimizer.build(objective.trainable_variables)
    rows, gather = collections.defaultdict(list), tf.distribute.ReplicaContext.all_gather

    def noted(context, value, *arguments, **options):
        # TensorFlow pads before it gathers, and forgets the shape. Each replica is traced in a thread of its own.
        rows[threading.get_ident()].append(tf.TensorSpec.from_tensor(value))
        return gather(context, value, *arguments, **options)

    step = tf.function(lambda x: strategy.run(objective.train_step, ((x,),)), autograph=False)
    with mock.patch.object(tf.distribute.ReplicaContext, "all_gather", noted):
        graph = step.get_concrete_function(inputs(batch)).graph
    hidden = [
        f.signature.name for f in graph.as_graph_def().library.function for op in f.node_def if _collective(op.op)
    ]
    if hidden:
        raise ValueError(f"Collectives within loops or branches are not counted. Received: some in {hidden[0]}")
    found = [op for op in graph.get_operations() if _collective(op.type) and op.device.endswith("CPU:0")]
    reduced = sum(_bytes(op.inputs[0]) for op in found if op.type.startswith("CollectiveReduce"))
    gathers = [op.inputs[0] for op in found if op.type.startswith("CollectiveGather")]
    own = iter(next(iter(rows.values()), []))
    gathered = [value if value.shape.is_fully_defined() else next(own) for value in gathers]
    gradients = sum(_bytes(variable) for variable in objective.trainable_variables)
    return Step(reduced, sum(map(_bytes, gathered)), len(found), gradients)


def _collective(kind):
    return kind.startswith("Collective") and "Group" not in kind and "Communicator" not in kind


def _bytes(value):
    shape = tf.TensorShape(value.shape)
    if not shape.is_fully_defined():
        raise ValueError(f"The size of {value.name} is not known before the step runs. Received: shape {shape}")
    return shape.num_elements() * tf.as_dtype(value.dtype).size


def images_of(arguments):
    """From a number of samples to the specs of two views."""
    shape = (arguments.image, arguments.image, 3)
    return lambda batch: tuple(tf.TensorSpec((batch, *shape)) for _ in range(2))


def two_views(name, **options):
    def make(arguments):
        encoder = kt.encoders.image_encoder(arguments.encoder, (arguments.image, arguments.image, 3), arguments.width)
        projection = {} if arguments.projection is None else {"projection": tuple(arguments.projection)}
        return getattr(kt.objectives, name)(encoder, **projection, **options), images_of(arguments)

    return make


def masked_autoencoder(arguments):
    encoder = kt.encoders.image_encoder("vit", (arguments.image, arguments.image, 3), arguments.width)
    views = images_of(arguments)
    return kt.objectives.MaskedAutoencoder(encoder), lambda batch: views(batch)[0]


def reader(arguments):
    return kt.encoders.text_transformer(arguments.vocabulary, arguments.length, width=4 * arguments.width)


def masked_lm(arguments):
    objective = kt.objectives.MaskedLM(reader(arguments), mask_id=4, special_ids=range(5))
    return objective, lambda batch: tf.TensorSpec((batch, arguments.length), tf.int32)


def clip(arguments):
    encoder = kt.encoders.image_encoder(arguments.encoder, (arguments.image, arguments.image, 3), arguments.width)
    texts = kt.encoders.sentence_encoder(reader(arguments), arguments.length, "mean", 0)
    views, width = images_of(arguments), (arguments.projection or [128])[-1]
    return kt.objectives.CLIP(encoder, texts, projection=width), lambda batch: (
        views(batch)[0],
        tf.TensorSpec((batch, arguments.length), tf.int32),
    )


OBJECTIVES = {
    name: two_views(name) for name in ("SimCLR", "MoCo", "MoCoV3", "BYOL", "SimSiam", "BarlowTwins", "VICReg")
}
OBJECTIVES |= {"MaskedAutoencoder": masked_autoencoder, "MaskedLM": masked_lm, "CLIP": clip}


def compiled(name, arguments):
    """What `traffic` takes as `make`."""

    def make():
        keras.utils.set_random_seed(0)
        objective, inputs = OBJECTIVES[name](arguments)
        objective.compile(keras.optimizers.AdamW(1e-3), jit_compile=False)
        return objective, inputs

    return make


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__.split("\n")[0])
    parser.add_argument("--objectives", nargs="+", choices=list(OBJECTIVES), default=list(OBJECTIVES))
    parser.add_argument("--encoder", default="small_cnn", choices=["small_cnn", "resnet18", "vit"], help="of images")
    parser.add_argument(
        "--width", type=int, default=32, help="of the encoders' first stage; of texts a quarter of it all"
    )
    parser.add_argument(
        "--projection", type=int, nargs="+", help="widths of the projector; default: the objective's own"
    )
    parser.add_argument("--image", type=int, default=32, help="pixels a side")
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--length", type=int, default=64, help="tokens of a text")
    parser.add_argument("--batch", type=int, default=64, help="samples a GPU")
    parser.add_argument("--step", type=float, default=0.25, help="seconds of a step on one GPU")
    parser.add_argument("--bandwidth", type=float, default=12.5, help="gigabytes a second of a GPU's slowest link")
    parser.add_argument("--latency", type=float, default=30e-6, help="seconds until a collective begins to send")
    parser.add_argument("--gpus", type=int, nargs="+", default=[8, 64, 512])
    arguments = parser.parse_args()
    (cpu, *_) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * MOST)
    strategies = [tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(n)]) for n in (2, MOST)]
    made = {name: traffic(compiled(name, arguments), arguments.batch, strategies) for name in arguments.objectives}
    show(made, arguments)


def show(made, arguments):
    """Two tables: what is sent, and what it predicts."""
    print("Bytes a replica hands over in a step:\n")
    print(
        "| objective | gradients | rest | a sample | a sample of the whole batch | gathered, a sample | collectives |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, one in made.items():
        cells = (one.gradients, one.rest, one.per_sample, one.per_whole, one.gathered_per_sample, one.collectives)
        print(f"| {name} | {' | '.join(f'{cell:,.0f}' for cell in cells)} |")
    print(
        f"\nPredicted from a step of {arguments.step:g} s with {arguments.batch} samples on one GPU, "
        f"{arguments.bandwidth:g} GB/s and {1e6 * arguments.latency:g} microseconds a collective:\n"
    )
    print("| objective | GPUs | all-reduced | gathered | step | share of linear scaling |\n|---|---|---|---|---|---|")
    for name, one in made.items():
        for gpus in arguments.gpus:
            seconds = one.seconds(gpus, arguments.batch, arguments.step, 1e9 * arguments.bandwidth, arguments.latency)
            sizes = (one.reduced_bytes(gpus, arguments.batch), one.gathered_bytes(gpus, arguments.batch))
            shown = " | ".join(f"{size / 1e6:.2f} MB" for size in sizes)
            print(f"| {name} | {gpus} | {shown} | {seconds:.4f} s | {arguments.step / seconds:.1%} |")


if __name__ == "__main__":
    main()
