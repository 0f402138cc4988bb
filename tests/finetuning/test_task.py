"""A task written by a stranger: a number a sample."""

import keras
import numpy as np
import pytest

from keras_transfer.evaluation import compare, print_table, write_report
from keras_transfer.finetuning import Budget, Classification, Task, choose_budget, finetune
from keras_transfer.transfer import classifier, copy_of


class Closeness(Task):
    can_probe = False

    def network(self, encoder):
        body = copy_of(encoder)
        return keras.Model(body.input, keras.layers.Dense(1, name="head")(body.output))

    def loss(self, label_smoothing):
        return "mse"

    def scores(self, y, outputs):
        return {"closeness": float(1 / (1 + np.abs(y - outputs[:, 0]).mean())), "within_one": 0.5}


def encoder():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(8, "relu", name="stage1_dense")(inputs)
    return keras.Model(inputs, keras.layers.Dense(8, "relu", name="stage2_dense")(hidden))


def data(rows=20, seed=0):
    x = np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32")
    return x, 3 * x[:, 0]


def test_a_task_of_ones_own_is_searched_trained_and_compared(tmp_path, capsys):
    task, lines = Closeness(), []
    found = compare(
        encoder(),
        data(),
        data(seed=1),
        recipe="full",
        epochs=2,
        task=task,
        budgets={"scratch": Budget(1e-3, 1)},
        learning_rates=(1e-3, 3e-2),
        seeds=1,
        say=lines.append,
        batch_size=8,
    )
    assert list(found["test"]) == ["scratch", "finetuned"] and found["confusion"] is None and len(lines) == 2
    assert found["budgets"]["finetuned"]["learning_rate"] == 3e-2
    assert found["test"]["finetuned"]["closeness"]["mean"] > found["test"]["scratch"]["closeness"]["mean"]
    report = write_report(tmp_path, found, config={}, seconds={}, class_names=())
    page = (tmp_path / "report.html").read_text()
    assert "within one" in page and "mixed up" not in page and "closeness" in report["verdict"]
    print_table(report)
    assert "within one" in capsys.readouterr().out


def test_what_a_task_cannot_do_is_said():
    x, y = data()
    model = Closeness().network(encoder())
    with pytest.raises(ValueError, match="recipe 'lpft' begins with a probe, and Closeness has no head"):
        finetune(model, x, y, "lpft", task=Closeness())
    with pytest.raises(ValueError, match="Closeness has no classes"):
        finetune(model, x, y, "full", task=Closeness(), class_weight="balanced")
    with pytest.raises(ValueError, match="20 and 19 samples"):
        finetune(model, x, y[1:], "full", task=Closeness())
    with pytest.raises(ValueError, match="Give `classes` or `task`"):
        compare(encoder(), data(), data(), epochs=1)
    with pytest.raises(NotImplementedError, match="Task has no `loss`"):
        Task().loss(0.1)


def test_classification_is_what_there_is_without_a_task():
    x, y = data()
    y = (y > 0).astype(int)

    def trained(task):
        keras.utils.set_random_seed(0)
        model = classifier(encoder(), 2)
        finetune(model, x, y, "full", epochs=1, verbose=0, task=task)
        return model.get_weights()

    for one, other in zip(trained(None), trained(Classification(2)), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="Received: 2 for 3"):
        finetune(classifier(encoder(), 2), x, y, task=Classification(3))


def test_the_first_number_that_differs_decides():
    class Level(Classification):
        def judged(self, y, outputs):
            return 0.0, float(np.mean(outputs.argmax(axis=1) == y))

    x, y = data(40)
    y = (y > 0).astype(int)

    def fresh():
        keras.utils.set_random_seed(0)
        return classifier(encoder(), 2)

    budget = choose_budget(fresh, x, y, "full", epochs=3, learning_rates=(1e-6, 3e-2), task=Level(), batch_size=8)
    assert budget.learning_rate == 3e-2 and {row[2] for row in budget.tried} == {0.0}
