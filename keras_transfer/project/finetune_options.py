"""How a network is fine-tuned, from a config."""

from keras_transfer.project.run_error import RunError


def finetune_options(config):
    """Arguments for `finetuning.finetune`, `choose_budget` and `evaluation.compare` from the config's section `finetune`.

    The network from scratch, which it is compared with, gets them too.

    Args:
        config: A `Config` with `finetune.batch_size`, `finetune.schedule`, `finetune.patience` and `data.validation`.

    Returns:
        A dict of `batch_size`, `schedule` and `patience`.

    Raises:
        RunError: if there is patience, but no validation data to judge by.

    Example:

        finetuning.finetune(model, x, y, config.finetune.recipe, **finetune_options(config))
    """
    settings = config.finetune
    if settings.patience and config.data.validation is None:
        raise RunError(
            f"finetune.patience={settings.patience} needs data.validation, whose loss it judges by: name it, or leave "
            "finetune.patience at null"
        )
    return {"batch_size": settings.batch_size, "schedule": settings.schedule, "patience": settings.patience}
