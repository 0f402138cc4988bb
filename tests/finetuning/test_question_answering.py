"""Questions for the letter that stands after another one."""

import keras
import numpy as np
import pytest

from keras_transfer import encoders
from keras_transfer.data import TextTokenizer, question_rows
from keras_transfer.evaluation import compare, question_baseline
from keras_transfer.finetuning import Budget, QuestionAnswering, choose_budget, finetune
from keras_transfer.transfer import answer_questions, features, load_model

TOKENIZER, LENGTH = TextTokenizer("bytes"), 28


def questions(count, seed, none=0.0):
    """What stands between the brackets? Sometimes there are none."""
    generator, pairs, answers = np.random.default_rng(seed), [], []
    for _ in range(count):
        words = generator.choice(list("BCDFGKLM"), 5).tolist()
        if generator.random() < none:
            pairs.append(("?", " ".join(words)))
            answers.append(())
            continue
        place = int(generator.integers(0, 4))
        words[place] = f"({words[place]}"
        words[place + 1] += ")"
        context = " ".join(words)
        pairs.append(("?", context))
        answers.append(((context.index("(") + 1, context.index(")")),))
    return pairs, answers


def encoder():
    keras.utils.set_random_seed(0)
    tokens = keras.Input((LENGTH,), dtype="int32")
    vectors = keras.layers.Embedding(TOKENIZER.vocabulary_size, 12, name="stage1_embedding")(tokens)
    vectors = keras.layers.Conv1D(16, 5, padding="same", activation="relu", name="stage2_conv")(vectors)
    spread = keras.layers.GlobalMaxPooling1D(keepdims=True)(vectors)
    vectors = keras.layers.Add()([vectors, spread])
    return keras.Model(tokens, keras.layers.Dense(16, activation="relu", name="stage3_dense")(vectors), name="encoder")


@pytest.fixture(scope="module")
def trained():
    task = QuestionAnswering()
    x, y, _ = question_rows(TOKENIZER, *questions(160, 0, none=0.3), LENGTH)
    model = task.network(encoder())
    settings = dict(epochs=40, batch_size=32, learning_rate=2e-2, label_smoothing=0.0, verbose=0, task=task)
    return finetune(model, x, y, "full", **settings).model


def test_learns_and_is_saved(trained, tmp_path):
    task, (pairs, answers) = QuestionAnswering(), questions(80, 1, none=0.3)
    x, _, windows = question_rows(TOKENIZER, pairs, answers, LENGTH)
    outputs = task.predict(trained, x)
    found = task.scores(np.asarray(windows), outputs)
    assert list(found) == ["answer_f1", "exact_match"] and found["exact_match"] > 0.8
    nothing = task.scores(np.asarray(windows), task.majority(None, np.asarray(windows)))
    assert nothing["exact_match"] == np.mean([not one for one in answers]) < 0.5
    trained.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(task.predict(loaded, x), outputs, atol=1e-5)
    told = answer_questions(loaded, TOKENIZER, pairs)
    right = ["".join(context[a:b] for a, b in spans) for (_, context), spans in zip(pairs, answers, strict=True)]
    assert np.mean([one.text == text for one, text in zip(told, right, strict=True)]) == found["exact_match"]
    assert all(one.text == context[one.begin : one.end] for one, (_, context) in zip(told, pairs, strict=True))


def test_a_long_context_is_read_in_windows(trained):
    context = "B C D F G K L M " * 12 + "K (F\tG) L " + "M L K G F D C B " * 12
    found = answer_questions(trained, TOKENIZER, [("?", context), ("?", "B C D")], no_answers=False)
    assert found[0].text == "F\tG" and found[0].begin == context.index("F\tG") and found[1].text
    assert answer_questions(trained, TOKENIZER, []) == []


def test_windows_of_one_question_stay_together():
    pairs = [("Who?", "B C D F G " * 9), ("Why?", "K L " * 20), ("Who?", "M " * 30)]
    x, y, windows = question_rows(TOKENIZER, pairs, [()] * 3, LENGTH)
    found = QuestionAnswering().together(x, y)
    assert len(windows) > 6
    same = np.array([0 if window.number != 1 else 1 for window in windows])
    assert len(np.unique(found)) == 2 and all(len(np.unique(same[found == one])) == 1 for one in (0, 1))


def test_search_for_a_budget_splits_by_questions_and_goes_by_f1(monkeypatch):
    task = QuestionAnswering(no_answers=False)
    pairs, answers = questions(12, 2)
    pairs = [(f"{'abcdefghijkl'[number]}?", context * 3) for number, (_, context) in enumerate(pairs)]
    x, y, _ = question_rows(TOKENIZER, pairs, answers, LENGTH)
    split, held = [], task.quality
    monkeypatch.setattr(task, "quality", lambda model, x, y: split.append(x) or held(model, x, y))
    budget = choose_budget(
        lambda: task.network(encoder()), x, y, "full", epochs=1, learning_rates=(1e-3,), splits=1, task=task
    )
    assert len(budget.tried) == 2 and 0 <= budget.tried[0][2] <= 1
    letters = [row[1] for row in x]
    for rows in split:
        kept = {row[1] for row in rows}
        assert len(rows) == sum(letter in kept for letter in letters) < len(x)


def by_hand(labels, logits, no_answers, longest):
    """F1 over the tokens of each row, from all spans."""
    found = []
    for label, row in zip(labels, logits, strict=True):
        words = [place for place in range(1, len(label)) if label[place] >= 0]
        first = next(place for place in range(len(label)) if label[place] in (1, 3))
        last = next(place for place in range(len(label)) if label[place] in (2, 3))
        if first == 0 and not no_answers:
            continue
        spans = [(i, j) for n, i in enumerate(words) for m, j in enumerate(words) if n <= m < n + longest]
        begin, end = max(spans, key=lambda span: row[span[0], 0] + row[span[1], 1])
        given = {word for word in words if begin <= word <= end}
        if no_answers and row[begin, 0] + row[end, 1] <= row[0].sum():
            given = set()
        wanted = {word for word in words if first <= word <= last} if first else set()
        if not given or not wanted:
            found.append(float(given == wanted))
        else:
            found.append(2 * len(given & wanted) / (len(given) + len(wanted)))
    return np.mean(found)


@pytest.mark.parametrize("no_answers", [False, True])
def test_what_a_search_goes_by(no_answers):
    _, y, _ = question_rows(TOKENIZER, *questions(30, 3, none=0.4), LENGTH)
    logits = np.random.default_rng(0).normal(size=(*y.shape, 2)).astype("float32")
    logits[:, 0] += 1
    task = QuestionAnswering(no_answers, longest=4)
    found, loss = task.judged(y, logits)
    assert found == pytest.approx(by_hand(y, logits, no_answers, 4)) and loss < 0
    assert task.judged(y, np.where(logits > 2, np.nan, logits)) == (-np.inf, -np.inf)


def test_compare_has_the_old_way_and_no_probe():
    known, (pairs, answers) = questions(8, 0), questions(6, 1)
    x, y, _ = question_rows(TOKENIZER, *known, LENGTH)
    asked, _, windows = question_rows(TOKENIZER, pairs, answers, LENGTH)
    found = compare(
        encoder(),
        (x, y),
        (asked, windows),
        task=QuestionAnswering(no_answers=False),
        recipe="gradual",
        epochs=1,
        budgets=dict.fromkeys(("scratch", "finetuned"), Budget(1e-3, 1)),
        baselines={"old": question_baseline(*known, pairs)},
        seeds=1,
    )
    assert list(found["test"]) == ["old", "scratch", "finetuned"] and found["confusion"] is None
    assert list(found["test"]["old"]) == ["answer_f1", "exact_match"]


def test_over_a_pretrained_sentence_encoder():
    backbone = encoders.text_transformer(TOKENIZER.vocabulary_size, LENGTH, layers=1, heads=2, width=8)
    model = QuestionAnswering().network(encoders.sentence_encoder(backbone, LENGTH))
    x, _, _ = question_rows(TOKENIZER, *questions(3, 0), LENGTH)
    assert model.output_shape == (None, LENGTH, 2) and features(model, x).shape == (3, LENGTH * 2)


def test_what_does_not_fit_is_named():
    task, model = QuestionAnswering(), QuestionAnswering().network(encoder())
    x, y, windows = question_rows(TOKENIZER, *questions(4, 0), LENGTH)
    with pytest.raises(ValueError, match="`y` must hold one number a token, integers of shape"):
        task.check(model, x, y[:, 0])
    for wrong in (np.zeros_like(y), np.where(y == 0, 1, y), np.where(y < 0, -2, y), np.where(y == 0, 4, y)):
        with pytest.raises(ValueError, match="once a row, as data.question_rows makes it"):
            task.check(model, x, wrong)
    with pytest.raises(ValueError, match="two logits a token"):
        task.check(encoder(), x, y)
    with pytest.raises(ValueError, match="two logits a token"):
        answer_questions(encoder(), TOKENIZER, [("?", "B")])
    with pytest.raises(ValueError, match="begins with a probe"):
        finetune(model, x, y, "lora", task=task)
    with pytest.raises(ValueError, match="NaN or infinite"):
        task.scores(np.asarray(windows), np.full((4, LENGTH, 2), np.nan))
    with pytest.raises(ValueError, match="`longest` must be at least 1"):
        QuestionAnswering(longest=0)
