from keras_transfer.project import image_text_schema, load_config, schema_named


def test_has_a_default_for_everything_and_what_templates_share():
    assert schema_named("image_text") == image_text_schema()
    config = load_config("config.yaml", image_text_schema(), text="{}")
    assert config.data.pairs is None and config.run.strategy == "auto"
    assert config.evaluate.prompts == ("a photo of a {}", "a picture of a {}")
    prompts = load_config(
        "config.yaml", image_text_schema(), text="evaluate:\n  prompts: ['{}', 'no {}']\n"
    ).evaluate.prompts
    assert prompts == ("{}", "no {}")


def test_is_everyones_own():
    schema = image_text_schema()
    del schema["text"]
    assert "text" in image_text_schema()
