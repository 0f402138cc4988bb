import pytest

from keras_transfer.project import image_schema, load_config, schema_named


def test_image():
    assert schema_named("image") == image_schema()


def test_unknown():
    with pytest.raises(ValueError, match="`schema` must be one of image.*Received: sound"):
        schema_named("sound")


def test_fixed_keys_of_the_image_project():
    """Scripts, configs and documents of users rely on these names and choices."""
    config = load_config("config.yaml", image_schema(), text="{}")
    for key in ("unlabelled", "labelled", "validation", "test"):
        assert config.data[key] is None
    assert (config.run.dir, config.run.strategy, config.run.precision) == ("runs", "auto", "float32")
    for name in ("auto", "one_device", "mirrored", "multi_worker"):
        assert load_config("config.yaml", image_schema(), [f"run.strategy={name}"], text="{}").run.strategy == name
    for name in ("probe", "full", "gradual", "lpft"):
        assert (
            load_config("config.yaml", image_schema(), [f"finetune.recipe={name}"], text="{}").finetune.recipe == name
        )
    assert {"objective", "epochs", "batch_size"} <= set(config.to_dict()["pretrain"])
    assert isinstance(config.run.seed, int)
