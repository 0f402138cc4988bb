from keras_transfer.project import load_config, schema_named, text_schema


def test_has_a_default_for_everything_and_what_templates_share():
    assert schema_named("text") == text_schema()
    config = load_config("config.yaml", text_schema(), text="{}")
    assert config.data.unlabelled is None and config.run.strategy == "auto"
    assert config.pretrain.objective == "masked_lm" and config.encoder.folder is None


def test_is_everyones_own():
    schema = text_schema()
    del schema["tokenizer"]
    assert "tokenizer" in text_schema()
