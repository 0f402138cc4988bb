"""The config file of a new project shows every setting there is, at its default."""

import pytest
import yaml

from keras_transfer.cli.scaffold_render import render
from keras_transfer.cli.scaffold_template import load_template, template_names
from keras_transfer.project import Config, load_config
from keras_transfer.project.config_reader import fields_of


@pytest.mark.parametrize("name", template_names())
def test_every_setting_stands_in_the_config_with_its_default(name):
    template = load_template(name)
    answers = {question.name: question.default for question in template.questions}
    contents, _ = render(template, "project", answers)[template.config]
    text, schema = contents.decode(), template.fields()
    assert set(Config(yaml.safe_load(text)).flat()) == set(fields_of(schema))
    given, defaults = (load_config("config.yaml", schema, text=text).to_dict() for text in (text, "{}"))
    assert given == defaults
