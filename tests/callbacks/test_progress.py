import keras
import numpy as np

from keras_transfer.callbacks import Progress


def fit(callback, epochs=3):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=epochs, verbose=0, callbacks=[callback])


def test_plain_lines_off_a_terminal(capsys):
    fit(Progress("fitting", every=0))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("fitting  epoch 2/3  loss ")
    assert "\x1b" not in "".join(lines)


def test_lines_are_throttled_but_the_last_is_shown(capsys):
    fit(Progress(every=1000), epochs=5)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/5", "epoch 5/5"]


def test_a_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    fit(Progress("fitting"))
    assert "epoch 3/3" in capsys.readouterr().out


def test_many_metrics_leave_the_bar_its_place(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    progress = Progress("fitting")
    progress.set_params({"epochs": 3})
    progress.on_train_begin()
    progress.on_epoch_end(2, {f"a_metric_with_a_name_{number}": 1.0 for number in range(9)})
    progress.on_train_end()
    lines = capsys.readouterr().out.splitlines()
    assert any("fitting" in line and "epoch 3/3" in line and "0:00:00" in line for line in lines)
    assert all(any(f"a_metric_with_a_name_{number} 1" in line for line in lines) for number in range(9))
