import pytest

from keras_transfer.project import RunError, finetune_options, image_schema, load_config


def options(*settings):
    return finetune_options(load_config("config.yaml", image_schema(), settings, text="{}"))


def test_what_the_config_says():
    assert options() == {"batch_size": 32, "schedule": "warmup_cosine", "patience": None}
    asked = ["finetune.schedule=one_cycle", "finetune.patience=3", "data.validation=held"]
    assert options(*asked) == {"batch_size": 32, "schedule": "one_cycle", "patience": 3}


def test_patience_needs_something_to_judge_by():
    with pytest.raises(RunError, match="finetune.patience=3 needs data.validation"):
        options("finetune.patience=3")
