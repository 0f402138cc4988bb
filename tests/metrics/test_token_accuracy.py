import numpy as np

from keras_transfer.metrics import TokenAccuracy


def test_over_all_counted_tokens_and_not_over_batches():
    metric = TokenAccuracy()
    assert float(metric.result()) == 0
    logits = np.eye(3, dtype="float32")
    metric.update_state([[0, -1, 1]], logits[[[0, 1, 1]]])
    metric.update_state([[2, 2, 2]], logits[[[0, 0, 0]]])
    assert float(metric.result()) == np.float32(2 / 5)
