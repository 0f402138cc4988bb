"""Every objective that the text template offers makes a project whose stages run."""

import json
import re
import runpy
import subprocess
import sys

import keras_nlp
import numpy as np
import pyarrow.parquet
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_transfer.cli.scaffold_template import load_template
from keras_transfer.data import PresetTokenizer, TextTokenizer
from keras_transfer.project.text_schema import OBJECTIVES
from keras_transfer.transfer import features, load_model
from tests.templates.stages import make, run

FEW = [
    "pretrain.epochs=1",
    "pretrain.batch_size=8",
    "finetune.epochs=1",
    "evaluate.seeds=1",
    "encoder.width=8",
    "encoder.heads=2",
    "encoder.layers=2",
]
SMALL = ["tokenizer.kind=bytes", "data.length=12", "encoder.layers=1"]
WORDS = {"sea": ["boat", "ship", "wave", "fish"], "land": ["horse", "farm", "corn", "road"]}


def sentences(count, kind, seed):
    generator = np.random.default_rng(seed)
    return [f"the {' and the '.join(generator.choice(WORDS[kind], 3))} {number}" for number in range(count)]


def one_file(folder, labels=4):
    """A CSV that serves for all: few labels, a long text among them, and texts without labels."""
    lines = ["text,label,split"]
    for kind in WORDS:
        lines += [f"{text},{kind},train" for text in sentences(labels, kind, 0)]
        lines += [f"{text},{kind},test" for text in sentences(6, kind, 1)]
        lines += [f"{text},{kind},validation" for text in sentences(2, kind, 3)]
        lines += [f"{text},," for text in sentences(10, kind, 2)]
    lines.append(f"{'far ' * 200}ship,sea,train")
    (folder / "all.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "all.csv"


def named(data, *parts):
    return [f"data.{part}={data}" for part in parts or ("unlabelled", "labelled", "test")]


def project_of(folder, *settings):
    return make(folder / "project", "text", *(part for setting in settings for part in ("--set", setting)))


@pytest.mark.slow
def test_all_stages(tmp_path, monkeypatch, capsys):
    parts = named(one_file(tmp_path), "unlabelled", "labelled", "validation", "test")
    project = project_of(tmp_path, *FEW, *parts, "tokenizer.vocabulary_size=400")
    for stage in ("pretrain", "finetune", "evaluate", "export"):
        more = ["finetune.learning_rate=1e-3", "finetune.epochs=15"] if stage == "finetune" else []
        run(project, stage, monkeypatch, *more)
    printed = capsys.readouterr().out
    assert "1 of 9 labelled texts are longer than" in printed
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    old_way = "TF-IDF + logistic regression"
    assert list(report["test"]) == ["majority", old_way, "random_encoder", "scratch", "probe", "finetuned"]
    assert report["test"][old_way]["accuracy"]["mean"] > 0.8
    assert old_way in report["verdict"] and "without a network" in report["verdict"]
    assert f"{old_way}</td>" in (latest / "report.html").read_text()
    assert report["class_names"] == ["land", "sea"]
    events = EventAccumulator(str(latest / "logs" / "pretrain"), size_guidance={"tensors": 0})
    events.Reload()
    assert "filled in" in events.Tags()["tensors"]
    exported = tf.saved_model.load(str(latest / "exported"))  # held in a name: its variables die with it
    served = exported.serve(tf.constant(["the ship", "新しい", "x" * 999]))
    np.testing.assert_allclose(np.sum(served, axis=1), 1, rtol=1e-5)
    told = subprocess.run(
        [sys.executable, "predict.py", "the ship", "the farm"], cwd=project, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line.split("\t")[2] for line in told] == ["the ship", "the farm"]


@pytest.mark.slow
@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "masked_lm"])
def test_every_objective(tmp_path, monkeypatch, objective):
    project = project_of(tmp_path, *FEW, *SMALL, *named(one_file(tmp_path)), f"pretrain.objective={objective}")
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.recipe=full", "finetune.learning_rate=1e-3")
    run(project, "export", monkeypatch)
    assert (project / "runs" / "latest" / "exported" / "saved_model.pb").is_file()


@pytest.mark.slow
def test_pairs(tmp_path, monkeypatch):
    generator, lines = np.random.default_rng(0), ["text,text_2,label,split"]
    for number in range(20):
        one, two = generator.choice([*WORDS["sea"], *WORDS["land"]], 2, replace=False)
        second = f"the {one if number % 2 else two}"
        lines.append(f"a {one},{second},{'same' if number % 2 else 'other'},{'train' if number < 12 else 'test'}")
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    project = project_of(tmp_path, *FEW, *SMALL, *named(tmp_path / "pairs.csv"), "finetune.task=pairs")
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.recipe=full", "finetune.learning_rate=1e-3")
    run(project, "export", monkeypatch)
    exported = tf.saved_model.load(str(project / "runs" / "latest" / "exported"))
    assert exported.serve(tf.constant(["a ship"]), tf.constant(["the ship"])).shape == (1, 2)
    told = [sys.executable, "predict.py", "a ship\tthe ship"]
    done = subprocess.run(told, cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.split("\t")[0] in ("same", "other")


def tagged(path, count, seed):
    """Sentences in which ships are entities; the last one is longer than a row."""
    generator, sentences = np.random.default_rng(seed), []
    for _ in range(count):
        ship, place = generator.choice(["Ada", "Rosa", "Vera"]), generator.choice(WORDS["land"])
        sentences.append([("the", "O"), ("ship", "B-SHIP"), (ship, "I-SHIP"), ("saw", "O"), (place, "O"), (".", "O")])
    sentences.append([("far", "O")] * 20 + [("ship", "B-SHIP")])
    path.write_text("\n\n".join("\n".join(f"{word} {tag}" for word, tag in one) for one in sentences) + "\n")
    return path


@pytest.mark.slow
def test_tokens(tmp_path, monkeypatch, capsys):
    train, test = tagged(tmp_path / "train.conll", 12, seed=0), tagged(tmp_path / "test.conll", 6, seed=1)
    parts = [*named(train, "unlabelled", "labelled", "validation"), *named(test, "test")]
    project = project_of(tmp_path, *FEW, *SMALL, *parts, "finetune.task=tokens", "data.length=40")
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.recipe=full", "finetune.learning_rate=1e-2", "finetune.epochs=2")
    run(project, "evaluate", monkeypatch)
    run(project, "export", monkeypatch)
    printed = capsys.readouterr().out
    assert "1 of 13 labelled sentences are longer than 40 tokens: they go on in a further row." in printed
    assert "entity F1" in printed and "token accuracy" in printed
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    old_way = "commonest tag of each word"
    assert list(report["test"]) == ["majority", old_way, "random_encoder", "scratch", "probe", "finetuned"]
    assert report["test"][old_way]["entity_f1"]["mean"] == 1.0 and report["test"]["majority"]["entity_f1"]["mean"] == 0
    assert f"{old_way} is better still, without a network: 1.000 entity F1" in report["verdict"]
    assert np.sum(report["confusion"]) == 6 * 6 + 21 and len(report["class_names"]) == 3
    told = [sys.executable, "predict.py", "The ship's cat, Dr. No and U.N.!", "我 saw", " "]
    done = subprocess.run(told, cwd=project, capture_output=True, text=True, check=True).stdout
    words = [[line.split("\t")[0] for line in block.splitlines()] for block in done.strip().split("\n\n")]
    assert words == [["The", "ship's", "cat", ",", "Dr", ".", "No", "and", "U.N.", "!"], ["我", "saw"]]
    assert all(line.split("\t")[1] in report["class_names"] for line in done.splitlines() if line)


def squad(path, count, seed, answered=True):
    """Questions about ships in SQuAD 2.0's format; the first text is longer than a row."""
    generator, paragraphs = np.random.default_rng(seed), []
    for number in range(count):
        ship, place = generator.choice(["Ada", "Rosa", "Vera"]), generator.choice(WORDS["land"])
        context = f"{'far ' * (20 if number == 0 else 0)}The  ship {ship} saw a {place}."
        answers = [{"text": str(ship), "answer_start": context.index(ship)}] if answered or number % 2 else []
        asked = {"id": f"{seed}-{number}", "question": f"Which ship saw {number}?", "is_impossible": not answers}
        paragraphs.append({"context": context, "qas": [asked | {"answers": answers}]})
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "Ships", "paragraphs": paragraphs}]}))
    return path


@pytest.mark.slow
def test_questions(tmp_path, monkeypatch, capsys):
    train, test = squad(tmp_path / "train.json", 12, seed=0, answered=False), squad(tmp_path / "test.json", 6, seed=1)
    parts = [*named(train, "labelled", "validation"), *named(test, "test")]
    project = project_of(tmp_path, *FEW, *SMALL, *parts, "finetune.task=questions", "data.length=64")
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.learning_rate=1e-2", "finetune.epochs=2")
    run(project, "evaluate", monkeypatch)
    run(project, "export", monkeypatch)
    printed = capsys.readouterr().out
    assert "6 of 12 labelled questions have no answer in their text." in printed
    assert (
        "1 of 12 labelled questions have a text longer than 64 tokens: it is read in windows that overlap." in printed
    )
    assert "answer F1" in printed and "answers agree with the model's to 0.0e+00" in printed
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    old_way = "most similar sentence or words of it"
    assert list(report["test"]) == [old_way, "scratch", "finetuned"]
    assert list(report["test"][old_way]) == ["answer_f1", "exact_match"]
    context = tmp_path / "context.txt"
    context.write_bytes("Far away.\r\n  The ÉGLISE  saw a farm.\r\n".encode() * 20)
    monkeypatch.setattr(sys, "argv", ["predict.py", "--context", str(context), "Which ship?", "Why?"])
    runpy.run_path("predict.py", run_name="__main__")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[3] for line in lines] == ["Which ship?", "Why?"]
    for answer, place, _, _ in lines:
        begin, end = map(int, place.split("-"))
        stands = context.read_bytes().decode()[begin:end]
        assert " ".join(stands.split()) == answer if stands else answer == "(no answer)"
    for wrong, said in ((["Who?"], "such a model needs it"), (["--context", "none.txt", "Who?"], "none.txt")):
        monkeypatch.setattr(sys, "argv", ["predict.py", *wrong])
        with pytest.raises(SystemExit):
            runpy.run_path("predict.py", run_name="__main__")
        assert said in capsys.readouterr().err


@pytest.mark.slow
def test_writing(tmp_path, monkeypatch, capsys):
    """Summaries that are the first sentence, and a row without one."""
    lines = ["text,text_2,split"]
    for number, text in enumerate(sentences(16, "sea", 0)):
        lines.append(f"{text}. {text}!,{text}.,{'train' if number < 10 else 'validation' if number < 12 else 'test'}")
    lines.append("a ship at sea,,train")
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    settings = ["finetune.task=writing", "pretrain.objective=denoising_seq2seq", "data.length=24"]
    parts = named(tmp_path / "pairs.csv", "unlabelled", "labelled", "validation", "test")
    project = project_of(tmp_path, *FEW, *SMALL, *parts, *settings)
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.learning_rate=1e-3")
    run(project, "evaluate", monkeypatch)
    run(project, "export", monkeypatch)
    printed = capsys.readouterr().out
    assert "10 of 10 labelled pairs have a text longer than 24 tokens" in printed
    assert "answers agree with the model's to 0.0e+00" in printed
    latest = project / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    old_way = "first sentences or most similar text"
    assert list(report["test"]) == [old_way, "scratch", "finetuned"]
    assert report["test"][old_way]["rouge_l"]["mean"] == 1
    assert f"{old_way} is better still, without a network: 1.000 ROUGE-L" in report["verdict"]
    monkeypatch.setattr(sys, "argv", ["predict.py", "the boat", "the ship"])
    runpy.run_path("predict.py", run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.slow
def test_retrieval(tmp_path, monkeypatch, capsys):
    lines = ["text,text_2,split"]
    for number, text in enumerate(sentences(16, "land", 0)):
        lines.append(f"{text},{text[::-1]},{'train' if number < 10 else 'test'}")
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    project = project_of(tmp_path, *FEW, *SMALL, *named(tmp_path / "pairs.csv"), "finetune.task=retrieval")
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.learning_rate=1e-3")
    run(project, "evaluate", monkeypatch)
    run(project, "export", monkeypatch)
    report = json.loads((project / "runs" / "latest" / "report.json").read_text())
    assert list(report["test"]) == ["majority", "TF-IDF", "scratch", "finetuned"]
    assert list(report["test"]["TF-IDF"]) == ["recall_at_1", "recall_at_5", "recall_at_10"]
    assert report["test"]["majority"]["recall_at_1"]["mean"] == pytest.approx(1 / 6)
    assert report["test"]["finetuned"]["recall_at_10"]["mean"] == 1  # of six
    monkeypatch.setattr(sys, "argv", ["embed.py", str(tmp_path / "pairs.csv"), "vectors.parquet"])
    capsys.readouterr()
    runpy.run_path("embed.py", run_name="__main__")
    assert capsys.readouterr().out == "vectors.parquet: 16 vectors\n"
    table = pyarrow.parquet.read_table(project / "vectors.parquet")
    assert table.column_names == ["id", "features"] and len(table["features"][0]) == 8
    encoder = load_model(project / "runs" / "latest" / "exported" / "embedder.keras")
    tokens = TextTokenizer("bytes").rows([lines[1].split(",")[0]], 12)["token_ids"]
    np.testing.assert_allclose(table["features"][0].as_py(), features(encoder, tokens)[0], rtol=1e-5)


@pytest.mark.slow
def test_a_checkpoint_goes_on(tmp_path, monkeypatch):
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "and", *WORDS["sea"], *WORDS["land"]]
    folder = tmp_path / "checkpoint"
    backbone = keras_nlp.models.BertBackbone(len(vocabulary), 1, 2, 8, 16, max_sequence_length=10)
    backbone.save_to_preset(folder)
    keras_nlp.tokenizers.BertTokenizer(vocabulary=vocabulary, lowercase=True).save_to_preset(folder)
    settings = [*FEW, *named(one_file(tmp_path)), f"encoder.folder={folder}", "pretrain.whole_words=true"]
    project = project_of(tmp_path, *settings)
    run(project, "pretrain", monkeypatch)
    latest = project / "runs" / "latest"
    assert PresetTokenizer.load(latest / "tokenizer").tokens == vocabulary
    run(project, "finetune", monkeypatch, "finetune.recipe=full", "finetune.learning_rate=1e-3")
    run(project, "export", monkeypatch)
    assert (latest / "exported" / "saved_model.pb").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unigram", "characters"])
def test_chinese_in_a_text_file_and_two_labels_a_class(tmp_path, monkeypatch, kind):
    dishes = ["这家餐厅的菜很好吃", "服务员上菜很快", "菜太咸不好吃", "厨师做的鱼很新鲜"]
    phones = ["手机屏幕很清楚", "手机电池不耐用", "屏幕太小的手机", "新手机充电很快"]
    (tmp_path / "plain.txt").write_text("\n".join(dishes + phones), encoding="utf-8")
    rows = [{"text": text, "label": name} for name, texts in (("菜", dishes), ("机", phones)) for text in texts]
    for part, chosen in (("few", rows[:2] + rows[4:6]), ("test", rows[2:4] + rows[6:])):
        (tmp_path / f"{part}.jsonl").write_text("\n".join(map(json.dumps, chosen)), encoding="utf-8")
    parts = [f"data.labelled={tmp_path / 'few.jsonl'}", f"data.unlabelled={tmp_path / 'plain.txt'}"]
    project = project_of(
        tmp_path, *FEW, *parts, "encoder.layers=1", f"tokenizer.kind={kind}", "tokenizer.vocabulary_size=320"
    )
    run(project, "pretrain", monkeypatch)
    run(project, "finetune", monkeypatch, "finetune.recipe=full", "finetune.learning_rate=1e-3")
    run(project, "export", monkeypatch)
    exported = tf.saved_model.load(str(project / "runs" / "latest" / "exported"))
    assert exported.serve(tf.constant(dishes)).shape == (4, 2)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("text,label\na,x\nb,x\n", "one class only. Received: 'x'"),
        ("text,label\na,\nb,\n", "2 documents have no label"),
        (
            "text,label,split\na,x,train\nb,y,train\nc,,test\n",
            "`test` .* holds no document for it; 1 documents have no",
        ),
        ("text,label,split\na,x,train\nb,y,train\nc,z,test\n", "`test` has classes that .* never shows. Received: 'z'"),
        ("", "holds no document"),
        (b"text,label\na,x\n\xff,y\n", "all.csv:3 is not valid UTF-8"),
    ],
)
def test_bad_data_are_named_before_anything_is_trained(tmp_path, monkeypatch, capsys, table, message):
    path = tmp_path / "all.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    with pytest.raises(SystemExit) as stopped:
        run(project_of(tmp_path), "pretrain", monkeypatch, *named(path))
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["encoder.name=bart"], "encoder.name=bart does not fit pretrain.objective=masked_lm"),
        (["finetune.task=retrieval", "finetune.recipe=lora"], "finetune.task=retrieval has no probe to begin with"),
        (["finetune.task=questions", "finetune.recipe=lora"], "finetune.task=questions has no probe to begin with"),
        (
            ["finetune.task=questions", "data.length=5"],
            "data.length=5: a question and a part of its text take 8 tokens",
        ),
        (["finetune.task=writing"], "finetune.task=writing needs an encoder with a decoder"),
        (["encoder.width=9"], "encoder.heads=4 must divide encoder.width=9"),
        (["encoder.folder=nowhere"], "There is no folder of a checkpoint at"),
        (["tokenizer.kind=unigram", "tokenizer.vocabulary_size=20"], "vocabulary_size=20"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path, monkeypatch, capsys, settings, message):
    with pytest.raises(SystemExit) as stopped:
        run(project_of(tmp_path), "pretrain", monkeypatch, *named(one_file(tmp_path)), *settings)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a O\nb\n", r"train.conll:2 must have 2 columns as above"),
        ("a O\n", "`labelled` .* has one tag only. Received: 'O'"),
    ],
)
def test_bad_tags_are_named_before_anything_is_trained(tmp_path, monkeypatch, capsys, text, message):
    (tmp_path / "train.conll").write_text(text)
    with pytest.raises(SystemExit) as stopped:
        parts = named(tmp_path / "train.conll", "labelled")
        run(project_of(tmp_path, "finetune.task=tokens"), "pretrain", monkeypatch, *parts)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error


def test_a_wrong_answer_is_named_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    row = {"question": "Who?", "context": "Ada did.", "answers": {"text": ["Bob"], "answer_start": [0]}}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    with pytest.raises(SystemExit) as stopped:
        parts = named(tmp_path / "a.jsonl", "labelled")
        run(project_of(tmp_path, "finetune.task=questions"), "pretrain", monkeypatch, *parts)
    assert stopped.value.code == 2
    assert "a.jsonl:1 has the answer 'Bob' at answer_start=0, where stands 'Ada'." in capsys.readouterr().err


def test_the_template_offers_every_objective():
    assert set(load_template("text").question("objective").choices) == set(OBJECTIVES)
