"""Sections that the config of every template has, whatever its kind of data."""

from pathlib import Path

from keras_transfer.project.field import Field

RECIPES = {
    "probe": "train a linear layer on the frozen encoder",
    "full": "train everything at once",
    "gradual": "unfreeze the encoder group by group, from the top",
    "lpft": "first the linear layer alone, then everything",
    "chain_thaw": "one group of layers at a time, from the input up, then everything",
    "surgical": "each layer at a rate in proportion to its gradient over its weights",
    "bitfit": "the linear layer and all biases; kernels stay",
    "lora": "low-rank changes to dense kernels, merged at the end (a ViT; small_cnn has none)",
    "adapters": "small bottlenecks between frozen layers",
}
SCHEDULES = {
    "warmup_cosine": "up for a tenth of the steps, then down along half a cosine",
    "slanted_triangular": "up for a tenth of the steps, then down along a line (ULMFiT)",
    "one_cycle": "up for a quarter of the steps, then down, both along half a cosine",
    "constant": "one rate throughout",
}
STRATEGIES = {
    "auto": "whatever the machine has; `keras-transfer doctor` says what and why",
    "one_device": "one GPU, or the CPU",
    "mirrored": "all GPUs of this host",
    "multi_worker": "several hosts, described by TF_CONFIG or SLURM",
    "tpu": "a TPU",
}
PRECISIONS = {
    "float32": "works everywhere",
    "mixed_bfloat16": "TPUs, recent GPUs and CPUs",
    "mixed_float16": "GPUs since Volta, with loss scaling",
}

XLA = {"auto": "where Keras takes the model for one that can be", "on": "always", "off": "never; often faster on a CPU"}


def data_section(kinds="a folder, a CSV, or an .npz"):
    """Where the data are; each is a path, and left out means the embedded data."""
    return {
        "unlabelled": Field(Path, None, fixed_by="pretrain", help=f"Pretraining data: {kinds}."),
        "labelled": Field(Path, None, fixed_by="finetune", help=f"Training data with labels: {kinds}."),
        "validation": Field(Path, None, fixed_by="finetune", help="Left out: a part of the labelled data."),
        "test": Field(Path, None, help="Only the evaluation looks at it."),
        "on_bad": Field(
            str,
            "error",
            choices={"error": "stop and name them", "skip": "leave them out, and say how many"},
            help="What to do with files, and lines of texts, that cannot be read.",
        ),
    }


def pretrain_section(objectives, default, **more):
    """Settings of pretraining; `more` are the fields of one kind of data."""
    fixed = {"fixed_by": "pretrain"}
    return {
        "objective": Field(str, default, choices=objectives, help="What the encoder learns from.", **fixed),
        "epochs": Field(
            int, None, minimum=1, help="Passes over the data; left out: by their number.", free_on_resume=True, **fixed
        ),
        "batch_size": Field(int, 256, minimum=2, help="Of all devices together.", **fixed),
        "learning_rate": Field(float, 1e-3, above=0, help="At its peak.", **fixed),
        "weight_decay": Field(float, 1e-4, minimum=0, help="Strength of weight decay.", **fixed),
        "accumulate": Field(
            int, None, minimum=2, help="Batches whose gradients are averaged for one step of the optimizer.", **fixed
        ),
        **more,
    }


def finetune_section():
    """Settings of fine-tuning; training from scratch gets the same budget."""
    fixed = {"fixed_by": "finetune"}
    return {
        "recipe": Field(
            str, "gradual", choices=RECIPES, help="How the pretrained encoder is trained on the labels.", **fixed
        ),
        "epochs": Field(
            int,
            None,
            minimum=1,
            help="Passes over the labelled data; left out: by their number.",
            free_on_resume=True,
            **fixed,
        ),
        "batch_size": Field(int, 32, minimum=1, help="Of all devices together.", **fixed),
        "learning_rate": Field(
            float, None, above=0, help="Left out: the best of a few on the validation data.", **fixed
        ),
        "schedule": Field(str, "warmup_cosine", choices=SCHEDULES, help="How the rate rises and falls.", **fixed),
        "patience": Field(
            int,
            None,
            minimum=1,
            help="Epochs without a better loss on data.validation before it stops and takes the best weights back.",
            **fixed,
        ),
    }


def evaluate_section():
    """Settings of the comparison with training from scratch."""
    return {"seeds": Field(int, 3, minimum=1, help="Repetitions behind every mean and spread.")}


def run_section():
    """Where results go and what the run runs on."""
    return {
        "dir": Field(Path, "runs", help="Folder of the runs."),
        "strategy": Field(str, "auto", choices=STRATEGIES, help="Which devices."),
        "precision": Field(str, "float32", choices=PRECISIONS, help="Number type of the computations."),
        "xla": Field(str, "auto", choices=XLA, help="Whether pretraining is compiled by XLA."),
        "steps_per_execution": Field(
            int, 1, minimum=1, help="Steps of pretraining between two looks of the callbacks."
        ),
        "seed": Field(int, 0, minimum=0, maximum=2**31 - 1, help="Of everything that is random."),
    }
