"""From files to batches."""

import numpy as np

from keras_transfer import data
from keras_transfer.project import RunError


def load_images(config):
    """All the project's images, read and checked; what is wrong with them is said here, before anything is trained."""
    try:
        images = data.load_images(
            unlabelled=config.data.unlabelled,
            labelled=config.data.labelled,
            validation=config.data.validation,
            test=config.data.test,
            image_size=config.data.image_size,
            on_bad=config.data.on_bad,
        )
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error
    print(images.summary())
    return images


def recipe(config, images):
    """What a random view may do to an image; change single operations as in `data.ViewRecipe.preset("small", flip=0)`."""
    if config.pretrain.views == "auto":
        return data.ViewRecipe.for_images(images.image_shape)
    return data.ViewRecipe.preset(config.pretrain.views)


def pretraining_batches(config, images, pairs, crops):
    """Batches of two random views of each unlabelled image, of two large and four small crops, or of the images as they are."""
    x, size, seed = images.x_unlabelled, config.pretrain.batch_size, config.run.seed
    if pairs:
        return data.two_views(x, size, recipe=recipe(config, images), seed=seed)
    if crops:
        side = images.image_shape[:2]  # small crops in that size too, for encoders that take one size
        return data.multi_crop(x, size, recipe=recipe(config, images), local_crops=4, local_size=side, seed=seed)
    plain = data.ViewRecipe.preset("none")
    return data.image_batches(x, size, seed=seed, map=lambda batch, seeds: data.view(batch, seeds, plain))


def watched(config, images, most=256):
    """A few images to watch the pretraining with: two views of unlabelled ones; labelled ones with their classes, or None."""
    x, random = images.x_unlabelled, np.random.default_rng(config.run.seed)
    ((first, second),) = next(
        iter(data.two_views(x, min(most, len(x)), recipe=recipe(config, images), seed=config.run.seed))
    )
    if images.x_labelled is None:
        return first, second, None
    chosen = random.permutation(len(images.x_labelled))[:most]
    return first, second, (images.x_labelled[chosen].astype(np.float32) / 255, images.y_labelled[chosen])


def augmentation(config, images):
    """What is drawn anew for the labelled images in every epoch, as arguments of `finetuning.finetune`."""
    # Crops and, where the recipe of views mirrors, mirroring.
    weak = data.ViewRecipe.preset("weak", flip=recipe(config, images).flip)

    def augment(x, seeds):
        if config.finetune.augment != "randaugment":
            return data.view(x, seeds, weak)
        for_view, for_operations = data.split_seeds(seeds, 2)
        return data.rand_augment(data.view(x, for_view, weak), for_operations)

    return {"augment": augment, "mix": {"mixup": data.mix_up, "cutmix": data.cut_mix}.get(config.finetune.augment)}


def labelled(images):
    return _part(images.x_labelled, images.y_labelled, "labelled")


def validation(images):
    return None if images.x_validation is None else _part(images.x_validation, images.y_validation, "validation")


def test(images):
    return _part(images.x_test, images.y_test, "test")


def _part(pixels, labels, name):
    if pixels is None:
        raise RunError(f"data.{name} names no images; set it in config.yaml or with --set data.{name}=PATH")
    return pixels.astype(np.float32) / 255, labels
