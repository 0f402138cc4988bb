from pathlib import Path

import pytest

from keras_transfer.project import ConfigError, Field, image_schema, load_config

SCHEMA = {
    "data": {"source": Field(Path, None), "sizes": Field(list[int], (1, 2), minimum=1)},
    "train": {
        "epochs": Field(int, 30, minimum=1, maximum=1000),
        "rate": Field(float, 0.1, above=0, below=1),
        "recipe": Field(str, "full", choices=("full", "gradual")),
        "shuffle": Field(bool, True),
        "budget": Field(float, None, above=0),
    },
    "eval": {"epochs": Field(int, 1)},
}


def read(text, overrides=(), schema=SCHEMA, path="config.yaml"):
    return load_config(path, schema, overrides, text=text)


def problems(text, overrides=(), schema=SCHEMA):
    with pytest.raises(ConfigError) as caught:
        read(text, overrides, schema)
    return list(caught.value.problems)


def test_values_defaults_and_where_they_stand():
    config = read("train:\n  epochs: 3\n", ["train.rate=1e-3"])
    assert (config.train.epochs, config.train.rate, config.train.recipe) == (3, 1e-3, "full")
    assert config.where("train.epochs") == "config.yaml:2:11"
    assert config.where("train.rate") == "--set train.rate=1e-3"
    assert config.where("train.recipe") == "the default"


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-3", 1e-3), ("5E-1", 0.5), (".5", 0.5), ("0.5", 0.5), ("+2.5e-1", 0.25), ("0_0.5", 0.5)],
)
def test_floats_as_people_write_them(written, value):
    assert read(f"train: {{rate: {written}}}").train.rate == value
    assert read("{}", [f"train.rate={written}"]).train.rate == value


@pytest.mark.parametrize(("written", "value"), [("1_000", 1000), ("007", 7), ("+5", 5)])
def test_whole_numbers_are_decimal(written, value):
    assert read(f"train: {{epochs: {written}}}").train.epochs == value


@pytest.mark.parametrize(
    "written", ["1e3", "3.0", "1:30", "0x10", "three", "true", "[1]", "{a: 1}", "'3'", ".nan", "!!int '3'"]
)
def test_what_is_not_a_whole_number(written):
    (line,) = problems(f"train:\n  epochs: {written}\n")
    assert line.startswith("config.yaml:2:11: `train.epochs` must be a whole number")


@pytest.mark.parametrize("written", [".nan", ".inf", "-.inf", "nan", "1e999"])
def test_numbers_are_finite(written):
    (line,) = problems(f"train:\n  rate: {written}\n")
    assert line.startswith("config.yaml:2:9: `train.rate` must be finite")


@pytest.mark.parametrize(("written", "value"), [("true", True), ("No", False), ("off", False), ("yes", True)])
def test_truth(written, value):
    assert read(f"train: {{shuffle: {written}}}").train.shuffle is value


def test_text_is_never_taken_for_something_else():
    schema = {"a": Field(str, ""), "b": Field(str, ""), "c": Field(str, ""), "d": Field(str, "")}
    config = read("a: no\nb: 012\nc: 1e-3\nd: 'null'\n", schema=schema)
    assert (config.a, config.b, config.c, config.d) == ("no", "012", "1e-3", "null")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("train:\n  epochs: 0\n", "config.yaml:2:11: `train.epochs` must be >= 1. Received: 0"),
        ("train:\n  epochs: 1001\n", "config.yaml:2:11: `train.epochs` must be <= 1000. Received: 1001"),
        ("train:\n  rate: 0\n", "config.yaml:2:9: `train.rate` must be > 0. Received: 0.0"),
        ("train:\n  rate: 1\n", "config.yaml:2:9: `train.rate` must be < 1. Received: 1.0"),
        ("train:\n  rate:\n", "config.yaml:2:8: `train.rate` must be a number. Received: nothing (null)"),
        (
            "train:\n  recipe: gradaul\n",
            "config.yaml:2:11: `train.recipe` must be one of full, gradual. Received: gradaul; did you mean gradual?",
        ),
        ("train:\n  shuffle: 1\n", "config.yaml:2:12: `train.shuffle` must be true or false. Received: '1'"),
        ("train:\n  epoch: 1\n", "config.yaml:2:3: unknown key `train.epoch`; did you mean `train.epochs`?"),
        ("trian:\n  epochs: 1\n", "config.yaml:1:1: unknown key `trian`; did you mean `train`?"),
        ("epochs: 1\n", "config.yaml:1:1: unknown key `epochs`; did you mean `train.epochs` or `eval.epochs`?"),
        ("train:\n  zzz: 1\n", "config.yaml:2:3: unknown key `train.zzz`; `train` has epochs, rate, recipe, shuffle, budget"),
        ("zzz: 1\n", "config.yaml:1:1: unknown key `zzz`; there are data, train, eval"),
        ("train:\n  epochs: 1\n  epochs: 2\n", "config.yaml:3:3: duplicate key `train.epochs`, first given in line 2"),
        ("train: 3\n", "config.yaml:1:8: `train` is a section: must hold `key: value` lines. Received: '3'"),
        ("- 1\n", "config.yaml:1:1: the file must hold `key: value` lines. Received: a list"),
        ("? [a]\n: 1\n", "config.yaml:1:3: a key must be a word. Received: a list"),
        ("data:\n  sizes: 3\n", "config.yaml:2:10: `data.sizes` must be a list of values, each a whole number, such as [1, 2]. "
         "Received: '3'"),
        ("data:\n  sizes: [1, 0]\n", "config.yaml:2:10: `data.sizes` must be >= 1. Received: 0"),
        ("data:\n  source: ''\n", "config.yaml:2:11: `data.source` must be a path. Received: ''"),
        ("data:\n  source: [a]\n", "config.yaml:2:11: `data.source` must be a path. Received: a list"),
        ('data:\n  source: "a\\0b"\n', "config.yaml:2:11: `data.source` must be a path, without control characters. "
         r"Received: 'a\x00b'"),
        ("", "config.yaml:1:1: the file is empty; write {} to take every default"),
        ("# only a comment\n", "config.yaml:1:1: the file is empty; write {} to take every default"),
        ("train:\n\tepochs: 1\n", "config.yaml:2:1: found character '\\t' that cannot start any token: indent with spaces, "
         "not tabs"),
        ("a: b: c\n", "config.yaml:1:5: mapping values are not allowed here: put quotes around a value that contains a colon"),
        ("a: 1\n---\nb: 1\n", "config.yaml:2:1: but found another document (expected a single document in the stream)"),
        ("a: [1", "config.yaml:1:6: expected ',' or ']', but got '<stream end>' (while parsing a flow sequence)"),
        ("a: *b\n", "config.yaml:1:4: found undefined alias 'b'"),
        (b"a: 1\nb: \xff\n", "config.yaml:2:4: not UTF-8 (byte 0xff); save the file as UTF-8"),
        ("a: 1\nb: \0\n", "config.yaml:2:4: the character '\\x00' is not allowed in YAML"),
        ("[" * 5000, "config.yaml:1:1: nested too deeply"),
    ],
)  # fmt: skip
def test_every_problem_is_one_line_with_its_place(text, line):
    assert problems(text) == [line]


def test_all_problems_at_once():
    lines = problems("train:\n  epochs: x\n  rate: y\n", ["train.epoch=1", "nothing"])
    assert len(lines) == 4
    assert lines[2] == "--set train.epoch=1: unknown key `train.epoch`; did you mean `train.epochs`?"
    assert lines[3] == "--set nothing: expected KEY=VALUE, such as pretrain.epochs=3"


def test_required_key():
    schema = {"data": {"source": Field(Path, help="Where the pictures are.")}}
    assert problems("data:\n", schema=schema) == [
        "config.yaml:1:1: missing required key `data.source`: Where the pictures are."
    ]
    assert read("{}", ["data.source=x"], schema=schema).data.source == "x"


def test_a_section_may_be_empty_and_null_may_stand_for_none():
    config = read("train:\n  # epochs: 3\ndata:\n  source: ~\n")
    assert config.train.epochs == 30
    assert config.data.source is None


def test_overrides_hold_over_the_file_and_the_last_over_the_first():
    config = read("train: {epochs: 3}", ["train.epochs=4", "train.epochs=5", "data.sizes=3,4", "train.budget=null"])
    assert config.train.epochs == 5
    assert config.data.sizes == (3, 4)
    assert config.train.budget is None


def test_an_override_needs_no_quoting():
    value = "/a b/#1: {x}, 'y'.npz"
    assert read("{}", [f"data.source={value}"]).data.source == value


def test_an_override_of_a_section_lists_its_keys():
    (line,) = problems("{}", ["eval=3"])
    assert line == "--set eval=3: `eval` is a section with eval.epochs"


def test_paths_in_the_file_are_relative_to_it():
    schema = {"a": Field(Path, None), "b": Field(Path, "runs"), "c": Field(Path, None), "d": Field(Path, None)}
    config = read("a: x.npz\nd: /abs\n", ["c=y.npz"], schema=schema, path="project/config.yaml")
    assert (config.a, config.b, config.c, config.d) == ("project/x.npz", "project/runs", "y.npz", "/abs")


def test_the_environment_plays_no_part(monkeypatch):
    monkeypatch.setenv("EPOCHS", "3")
    assert read("data: {source: $EPOCHS}").data.source == "$EPOCHS"


def test_tags_construct_nothing(tmp_path):
    made = tmp_path / "made"
    (line,) = problems(f"train:\n  recipe: !!python/object/apply:os.system ['touch {made}']\n")
    assert line.startswith("config.yaml:2:11: `train.recipe` must be text")
    (line,) = problems("train:\n  recipe: !!python/name:os.system full\n")
    assert line.startswith("config.yaml:2:11: `train.recipe` must be text, without a tag")
    assert not made.exists()


def test_an_alias_that_holds_itself_ends():
    (line,) = problems("train: &x {train: *x}")
    assert line.startswith("config.yaml:1:12: unknown key `train.train`")


def test_files(tmp_path):
    path = tmp_path / "config.yaml"
    with pytest.raises(ConfigError, match="config.yaml: cannot be read: No such file"):
        load_config(path, SCHEMA)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, SCHEMA)
    path.write_bytes(b"\xef\xbb\xbftrain: {epochs: 2}\r\n")
    assert load_config(path, SCHEMA).train.epochs == 2
    path.write_bytes("train: {epochs: 2}".encode("utf-16"))
    with pytest.raises(ConfigError, match=r"config.yaml:1:1: not UTF-8 \(byte 0xff\)"):
        load_config(path, SCHEMA)


def test_what_is_written_reads_back():
    config = read("train: {rate: 1e-5, recipe: gradual}", ["data.source=no", "data.sizes=[7]"])
    assert read(config.to_yaml()) == config


def test_image_schema_is_everyones_own():
    schema = image_schema()
    schema["model"] = {"dropout": Field(float, 0.1)}
    assert "model" not in image_schema()
    assert load_config("config.yaml", schema, text="model: {dropout: 0.5}").model.dropout == 0.5
