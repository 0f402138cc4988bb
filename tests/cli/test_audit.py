import json

import numpy as np
import pytest
from PIL import Image

from keras_transfer.cli.audit import Progress

RNG = np.random.default_rng(0)


def save(path, array=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8) if array is None else array).save(path)
    return path


@pytest.fixture
def photos(home):
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            for i in range(2):
                save(home / "photos" / part / name / f"{i}.png")
    return home / "photos"


def test_sound_images(type_in, photos):
    result = type_in("audit", photos)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"labelled ({photos / 'train'}): 4 images, 0 of them grey."
    assert result.stdout.splitlines()[-1] == "Nothing to complain of."


def test_every_wrong_file_is_named(type_in, photos):
    twice = RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    for place in ("train/cat/twice.png", "train/dog/again.bmp", "test/dog/leak.png"):
        save(photos / place, twice)
    (photos / "train" / "cat" / "empty.png").write_bytes(b"")
    (photos / "train" / "cat" / "phone.heic").write_bytes(b"x")
    result = type_in("audit", photos)
    assert result.exit_code == 1
    for said in (
        f"{photos}/train/cat/empty.png is empty (0 bytes)",
        f"{photos}/train/cat/phone.heic has an ending that is not read",
        f"{photos}/train/cat/twice.png (cat), {photos}/train/dog/again.bmp (dog)",
        f"{photos}/test/dog/leak.png is {photos}/train/cat/twice.png",
    ):
        assert said in result.stdout


def test_json(type_in, photos):
    (photos / "test" / "cat" / "empty.png").write_bytes(b"")
    result = type_in("audit", "--json", "--labelled", photos / "train", "--test", photos / "test")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"]) == (1, False)
    assert found["parts"]["test"]["unusable"] == [[str(photos / "test/cat/empty.png"), "is empty (0 bytes)"]]


def test_npz_is_taken_apart_by_its_arrays(type_in, home):
    x = RNG.integers(0, 256, (6, 4, 4), dtype=np.uint8)
    np.savez(home / "a.npz", x_labelled=x[:4], y_labelled=[0, 1, 0, 1], x_test=x[3:], y_test=[0, 1, 1])
    result = type_in("audit", "a.npz", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["shared"] == [["test", "labelled", [["row 0", "row 3"]]]]


def test_texts(type_in, home):
    (home / "corpus").mkdir()
    (home / "corpus" / "a.csv").write_text("text,label,split\nOne,x,train\none,y,test\n")
    (home / "corpus" / "b.txt").write_bytes(b"fine\nbro\xffken\n")
    (home / "corpus" / "c.pdf").write_bytes(b"%PDF")
    result = type_in("audit", "corpus")
    assert result.exit_code == 1
    for said in (
        "corpus/a.csv:3 is corpus/a.csv:2",
        "corpus/b.txt:2 is not valid UTF-8: byte 0xff at place 4",
        "corpus/c.pdf has an ending that is not read",
    ):
        assert said in result.stdout


def test_questions(type_in, home):
    row = '{"question": "Who?", "context": "Ada did.", "answer": "%s"}\n'
    (home / "train.jsonl").write_text(row % "Ada")
    (home / "test.jsonl").write_text(row % "Bob")
    done = type_in("audit", "--labelled", "train.jsonl", "--test", "test.jsonl")
    assert done.exit_code == 1
    assert "test.jsonl:1 must have `answer_start`" in done.stdout and "'Bob' stands in it 0 times" in done.stdout
    assert type_in("audit", "train.jsonl", "--kind", "questions").exit_code == 0


def test_table(type_in, home):
    (home / "a.csv").write_text("age,city,label\n1,Rome,x\n2,Rome,y\n2,Rome,x\n3,Rome\n,Rome,x\n")
    result = type_in("audit", "a.csv")
    assert result.exit_code == 1
    for said in ("4 rows of 2 columns", "a.csv:4 is a.csv:3", "a.csv:5 has 2 fields, the header 3", "age 1", "city"):
        assert said in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name the data once"),
        (("a", "--test", "b"), "Name the data once"),
        (("nowhere",), "There is no file or folder at nowhere"),
        (("empty",), "holds neither images nor texts"),
        (("a.docx",), "neither a folder nor a file of images, texts or a table"),
        (("latin.csv",), "is not UTF-8 text"),
        (("bad.npz",), "cannot be read as an .npz"),
    ],
)
def test_what_cannot_be_understood_is_one_line(arguments, said, type_in, home):
    (home / "empty").mkdir()
    (home / "a.docx").write_bytes(b"x")
    (home / "latin.csv").write_bytes("näme,label\n".encode("latin-1"))
    (home / "bad.npz").write_bytes(b"PK")
    result = type_in("audit", *arguments)
    assert result.exit_code == 2 and said in result.stderr and len(result.stderr.splitlines()) == 1


def test_off_a_terminal_progress_is_plain_lines(capsys):
    progress = Progress(every=0.0)
    progress(1, 2)
    progress.end()
    assert capsys.readouterr().err == "looked at 1 of 2 files\n"


def test_on_a_terminal_progress_is_a_bar(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    progress = Progress()
    progress(1, 2)
    progress.bar.refresh()
    progress.end()
    assert "looked at files" in capsys.readouterr().err
