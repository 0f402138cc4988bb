"""Schema of the image template's config."""

from keras_transfer.project.field import Field
from keras_transfer.project.shared_sections import (
    data_section,
    evaluate_section,
    finetune_section,
    pretrain_section,
    run_section,
)

OBJECTIVES = {
    "simclr": "contrast two views of an image with those of all others",
    "dcl": "SimCLR without the positive in the denominator: for small batches",
    "moco": "contrast with a queue of past images (MoCo v2)",
    "moco_v3": "contrast with a slow teacher's view, no queue",
    "nnclr": "contrast with the nearest past image",
    "byol": "predict a slow teacher's view, no negatives",
    "simsiam": "predict the other view, no teacher, no negatives",
    "barlow_twins": "make features of two views agree, and independent of each other",
    "vicreg": "make two views agree, features vary and differ",
    "swav": "predict one crop's cluster from another crop, large and small",
    "dino": "agree, from any crop, with a slow teacher that sees large ones",
    "autoencoder": "rebuild the image from its code",
    "denoising_autoencoder": "rebuild the image from a noisy one",
    "sparse_autoencoder": "rebuild the image from few active features",
    "contractive_autoencoder": "rebuild the image from a code that hardly moves with it",
    "variational_autoencoder": "rebuild the image from a random code near the normal distribution",
    "masked_autoencoder": "rebuild hidden patches from the visible quarter (MAE; takes a ViT)",
    "simmim": "rebuild hidden patches, whole image in",
}
ENCODERS = {
    "auto": "small_cnn; for masked_autoencoder a ViT",
    "small_cnn": "plain convolutions, for images up to about 64 pixels on a CPU",
    "resnet18": "ResNet-18, with the stem that fits the images' size",
    "vit": "a small vision transformer",
}
VIEWS = {
    "auto": "by size and colour of the images",
    "simclr": "photographs of 96 pixels and more",
    "small": "colour images around 32 pixels",
    "grey": "grey images",
    "digits": "characters: nothing is mirrored",
    "weak": "crops and mirroring alone",
}
AUGMENT = {
    "weak": "crops and, where classes allow it, mirroring",
    "randaugment": "and two random operations, see data.rand_augment",
    "mixup": "and blends of two images and their labels",
    "cutmix": "and a rectangle of another image, labels by area",
}
CLASS_WEIGHTS = {"balanced": "rare classes count as much as others"}
TASKS = {"classification": "one class an image"}


def image_schema():
    """Schema of the image template's config: a new nested `dict` of `Field`, yours to extend.

    Example:

        schema = image_schema()
        schema["model"] = {"dropout": Field(float, 0.1, minimum=0, below=1)}
        config = load_config("config.yaml", schema)
    """
    fixed = {"fixed_by": "pretrain"}
    size = Field(int, None, minimum=8, help="Pixels a side; left out: that of the images, if all have one.", **fixed)
    return {
        "data": {**data_section(), "image_size": size},
        "encoder": {
            "name": Field(str, "auto", choices=ENCODERS, help="The network that is pretrained.", **fixed),
            "width": Field(int, 32, minimum=1, help="Channels of its first stage.", **fixed),
        },
        "pretrain": pretrain_section(
            OBJECTIVES,
            "simclr",
            batch_size=Field(int, 128, minimum=2, help="Of all devices together.", **fixed),
            learning_rate=Field(float, None, above=0, help="At its peak; left out: by the encoder.", **fixed),
            temperature=Field(float, 0.5, above=0, help="Of contrastive losses; lower looks at harder pairs.", **fixed),
            views=Field(str, "auto", choices=VIEWS, help="How views are drawn.", **fixed),
        ),
        "finetune": {
            "task": Field(str, "classification", choices=TASKS, help="What the labels are.", fixed_by="finetune"),
            **finetune_section(),
            "augment": Field(
                str, "weak", choices=AUGMENT, help="What is done to labelled images.", fixed_by="finetune"
            ),
            "class_weight": Field(
                str, None, choices=CLASS_WEIGHTS, help="Left out: every sample counts alike.", fixed_by="finetune"
            ),
        },
        "evaluate": evaluate_section(),
        "run": run_section(),
    }
