import json
import os
import signal
import subprocess
import sys
import time

import pytest

from keras_transfer.cli.demo import _show_next as show_next
from keras_transfer.cli.scaffold_template import load_template
from tests.cli.trees import read_tree, write_tree

ROWS = ("majority", "random_encoder", "scratch", "probe", "finetuned")
SCORES = {
    row: {score: {"mean": 0.1 + index / 10, "std": 0.01, "seeds": [0, 1, 2]} for score in ("accuracy", "macro_f1")}
    for index, row in enumerate(ROWS)
}
PRETRAIN = "import pathlib, sys\nfolder = pathlib.Path('runs/latest')\nfolder.mkdir(parents=True, exist_ok=True)\n" + (
    "(folder / 'arguments').write_text(' '.join(sys.argv[1:]))\nprint('pretraining')\n"
)
REPORT = {"test": SCORES, "verdict": "It helped."}
EVALUATE = f"import json, pathlib\npathlib.Path('runs/latest/report.json').write_text(json.dumps({REPORT!r}))\n"


@pytest.fixture
def demo(template):
    """The tiny template, whose stages leave a report."""
    return write_tree(template, {"pretrain.py": PRETRAIN, "evaluate.py": EVALUATE})


def test_makes_runs_and_shows(type_in, demo, home):
    result = type_in("demo", "--template", demo)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "Made the project keras-transfer-demo."
    assert "[1/2] python pretrain.py" in lines and "[2/2] python evaluate.py" in lines
    table = [line.split() for line in lines]
    assert ["trained", "from", "scratch", "0.300", "±", "0.010", "0.300", "±", "0.010"] in table
    assert ["pretrained,", "fine-tuned", "0.500", "±", "0.010", "0.500", "±", "0.010"] in table
    assert any(line.startswith("mean ± standard deviation over 3 seeds") for line in lines)
    assert "It helped." in lines
    assert lines[-4:-2] == ["  cd keras-transfer-demo", "  make tensorboard"]
    assert (home / "keras-transfer-demo" / "runs" / "latest" / "report.json").is_file()


def test_what_is_there_is_run_again_as_it_is(type_in, demo, home):
    type_in("demo", "--template", demo, "--dir", "mine")
    (home / "mine" / "pretrain.py").write_text("open('changed', 'w')\n")
    result = type_in("demo", "--template", demo, "--dir", "mine", "--no-keep")
    assert result.exit_code == 0
    assert result.output.startswith("Using the project mine.")
    assert (home / "mine" / "changed").is_file(), "a project that was there is never removed"


def test_no_keep(type_in, demo, home):
    result = type_in("demo", "--template", demo, "--no-keep")
    assert result.exit_code == 0
    assert result.output.endswith("Next: keras-transfer new my-project\n")
    assert read_tree(home) == {}


def test_settings_reach_config_and_stages(type_in, demo, home):
    type_in("demo", "--template", demo, "--dir", "mine", "--set", "pretrain.epochs=2")
    assert "epochs: 2" in (home / "mine" / "config.yaml").read_text()
    arguments = home / "mine" / "runs" / "latest" / "arguments"
    assert arguments.read_text() == "", "they are in the config"
    type_in("demo", "--template", demo, "--dir", "mine", "--set", "pretrain.epochs=3")
    assert arguments.read_text() == "--set pretrain.epochs=3"
    assert "epochs: 2" in (home / "mine" / "config.yaml").read_text()


def test_scores_go_down_where_they_are_more_than_the_ways(type_in, demo):
    """Of a single run there is no spread to show."""
    one, three = ({"mean": 0.5, "std": 0.0, "seeds": seeds} for seeds in ([0.5], [0.5] * 3))
    report = {"test": {"untrained": dict.fromkeys("abcd", three), "trained": dict.fromkeys("abcd", one)}}
    write_tree(demo, {"evaluate.py": EVALUATE.replace(repr(REPORT), repr(report))})
    output = type_in("demo", "--template", demo).output
    table = [line.split() for line in output.splitlines()]
    assert ["on", "the", "test", "data", "untrained", "trained"] in table
    assert ["b", "0.500", "±", "0.000", "0.500"] in table
    assert "mean ± standard deviation over 3 seeds, one run where there is no ±;" in output


def test_one_seed_has_no_spread(type_in, demo):
    one = {"mean": 0.5, "std": 0.0, "seeds": [0.5]}
    report = {"test": {"chance": {"zero_shot_accuracy": one}, "trained": {"zero_shot_accuracy": one}}}
    write_tree(demo, {"evaluate.py": EVALUATE.replace(repr(REPORT), repr(report))})
    lines = type_in("demo", "--template", demo).output.splitlines()
    assert any(line.startswith("one seed; ") for line in lines) and "±" not in "".join(lines)
    assert "on the test data   zero-shot accuracy" in lines


def test_rows_of_texts_stand_under_their_heads(type_in, demo):
    """The old way of a text project is a row with a long name of its own."""
    one = {"mean": 0.5, "std": 0.02, "seeds": [0, 1, 2]}
    rows = ("majority", "first sentences or most similar text", "random_encoder", "scratch", "probe", "finetuned")
    report = {"test": {row: {"entity_f1": one, "macro_f1": one} for row in rows}, "verdict": "It did not help."}
    write_tree(demo, {"evaluate.py": EVALUATE.replace(repr(REPORT), repr(report))})
    lines = type_in("demo", "--template", demo).output.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("on the test data"))
    table = lines[head : head + 7]
    assert [line[: table[0].index("entity F1")].strip() for line in table[1:]] == [
        "most frequent class",
        "first sentences or most similar text",
        "random frozen encoder",
        "trained from scratch",
        "pretrained, linear probe",
        "pretrained, fine-tuned",
    ]
    for column in ("entity F1", "macro-F1"):
        place = table[0].index(column)
        assert {line[place : place + 13] for line in table[1:]} == {"0.500 ± 0.020"}, column
    assert lines[head + 8] == "It did not help."


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("text", "keras-transfer new my-project --template text --set data.unlabelled=CSV --set data.labelled=CSV"),
        ("image-text", "keras-transfer new my-project --template image-text --set data.pairs=CSV"),
    ],
)
def test_what_is_next_fits_the_template(capsys, name, own):
    show_next("my demo", load_template(name))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].strip() == own
    assert lines[2:-2] == ["  cd 'my demo'", "  make tensorboard", "  make test"]


def test_json(type_in, demo):
    result = type_in("demo", "--template", demo, "--json", standalone_mode=True)
    assert json.loads(result.stdout)["test"] == SCORES


@pytest.mark.parametrize(
    ("script", "code", "line"),
    [
        (
            "raise SystemExit(3)\n",
            1,
            "Error: pretrain.py ended with exit code 3; what it said is above, the project is mine",
        ),
        ("raise SystemExit(130)\n", 1, "Aborted!"),
        ("", 1, "Error: mine/runs/latest/report.json: cannot be read: [Errno 2] No such file"),
    ],
)
def test_a_stage_that_fails(type_in, demo, home, script, code, line):
    write_tree(demo, {"pretrain.py": script, "evaluate.py": ""})
    result = type_in("demo", "--template", demo, "--dir", "mine")
    assert result.exit_code == code
    assert result.output.splitlines()[-1].startswith(line)
    assert (home / "mine").is_dir()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted_it_ends_its_stage(demo, home, number, code):
    """A process of its own, in a group of its own: Ctrl-C reaches all of a terminal's processes, SIGTERM only one."""
    waits = "import pathlib, time\npathlib.Path('started').touch()\ntry:\n    time.sleep(60)\nexcept BaseException:\n"
    write_tree(demo, {"pretrain.py": waits + "    raise SystemExit(130)\n"})
    program = "import sys; sys.argv[0] = 'keras-transfer'; from keras_transfer.cli.main import main; main()"
    command = [sys.executable, "-c", program, "demo", "--template", str(demo), "--dir", "mine"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (home / "mine" / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        os.kill(process.pid, number)
    assert process.wait(timeout=30) == code
    with pytest.raises(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, 0)


def test_folders_that_are_no_demo_are_refused(type_in, demo, template, home, tmp_path_factory):
    write_tree(home / "full", {"x": "x"})
    result = type_in("demo", "--template", demo, "--dir", "full")
    assert (result.exit_code, read_tree(home / "full")) == (2, {"x": b"x"})
    other = write_tree(tmp_path_factory.mktemp("other"), {"template.yaml": "stages: [a.py]\n", "a.py": ""})
    type_in("new", "app", "--template", other)
    result = type_in("demo", "--template", demo, "--dir", "app")
    assert result.exit_code == 2
    assert "holds a project from another template" in result.output
    (other / "template.yaml").write_text("description: x\n")
    assert "names no `stages`" in type_in("demo", "--template", other, "--dir", "new").output
