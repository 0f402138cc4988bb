import sys

import numpy as np
import pytest

from keras_transfer.finetuning import choose_budget, epochs_by_size, finetune
from tests.finetuning.test_finetune import model, task


@pytest.mark.parametrize(("samples", "epochs"), [(1, 30), (2_000, 30), (2_001, 29), (6_000, 10), (1_000_000, 3)])
def test_the_more_samples_the_fewer_passes(samples, epochs):
    assert epochs_by_size(samples) == epochs


def test_bounds():
    assert epochs_by_size(1_500, most=20, shown=30_000) == 20
    assert epochs_by_size(10, most=1) == 1


def test_no_samples():
    with pytest.raises(ValueError, match="samples.*Received: 0"):
        epochs_by_size(0)


def test_training_and_search_go_by_it(monkeypatch):
    for module in ("finetune", "choose_budget"):
        place = sys.modules[f"keras_transfer.finetuning.{module}"]  # the package has functions of these names
        monkeypatch.setattr(place, "epochs_by_size", lambda samples: samples // 10)
    x, y = task(40)
    assert finetune(model(), x, y, "full", batch_size=8, verbose=0).params["epochs"] == 4
    budget = choose_budget(model, np.array(x), np.array(y), "full", learning_rates=(1e-3,), batch_size=8)
    assert [epochs for _, epochs, _ in budget.tried] == [4, 8]
