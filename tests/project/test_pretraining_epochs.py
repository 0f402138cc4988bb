import pytest

from keras_transfer.project import pretraining_epochs


@pytest.mark.parametrize(("samples", "epochs"), [(10, 200), (1_200, 200), (12_000, 20), (1_000_000, 5)])
def test_more_data_fewer_epochs(samples, epochs):
    assert pretraining_epochs(samples) == epochs


def test_half_is_half():
    assert pretraining_epochs(12_000, shown=120_000) == 10
