import importlib.resources
from pathlib import Path

import pytest

import keras_transfer
from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_question import Question
from keras_transfer.cli.scaffold_template import is_url, load_template, template_names, templates_root
from keras_transfer.project import image_schema


def test_found_as_a_package_and_beside_one_that_is_not_installed(monkeypatch):
    names = template_names()
    assert "image" in names

    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib.resources, "files", missing)
    assert templates_root() == Path(keras_transfer.__file__).resolve().parents[1] / "templates"
    assert template_names() == names


def test_a_question_from_the_schema_has_the_fields_choices():
    field = image_schema()["pretrain"]["objective"]
    question = load_template("image").question("objective")
    assert question.choices == dict(field.choices)
    assert (question.default, question.help, question.type) == (field.default, field.help, "choice")


def test_a_name_goes_before_a_folder(home):
    (home / "image").mkdir()
    (home / "image" / "template.yaml").write_text("description: mine\n")
    assert load_template("image").source == "image"
    assert load_template("./image").description == "mine"
    assert load_template("./image").source == str(home / "image")


@pytest.mark.parametrize(
    "url", ["https://host/x.git", "ssh://git@host/x", "git@host:me/x.git", "file:///x", "git://host/x"]
)
def test_urls(url):
    assert is_url(url)


@pytest.mark.parametrize("path", ["image", "./x", "/x", "~/x", "ext::sh", "-u", "a@b/c:d", "C:\\x", "http:/x"])
def test_no_urls(path):
    assert not is_url(path)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "3", 3),
        ("float", "1e-3", 1e-3),
        ("bool", "Yes", True),
        ("bool", "false", False),
        ("str", "Ada L.", "Ada L."),
    ],
)
def test_answers(kind, text, value):
    assert Question("a", "A", kind).parse(text) == value


@pytest.mark.parametrize(("kind", "text"), [("int", "3.5"), ("float", "x"), ("bool", "2"), ("str", "a\nb")])
def test_wrong_answers(kind, text):
    with pytest.raises(Refused, match="^a: "):
        Question("a", "A", kind).parse(text)
