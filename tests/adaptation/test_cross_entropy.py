import numpy as np
import pytest

from keras_transfer.adaptation.cross_entropy import cross_entropy

LOGITS = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
CLASSES = np.array([2, 0, 3])
EXPECTED = [-LOGITS[i, k] + np.log(np.exp(LOGITS[i]).sum()) for i, k in enumerate(CLASSES)]


@pytest.mark.parametrize(
    "labels", [CLASSES, CLASSES[:, None], np.eye(4, dtype="float32")[CLASSES], CLASSES.astype("uint8")]
)
def test_every_form_of_labels(labels):
    np.testing.assert_allclose(cross_entropy(labels, LOGITS), EXPECTED, rtol=1e-5)


def test_half_precision_logits_are_taken_in_single():
    assert cross_entropy(CLASSES, LOGITS.astype("float16")).dtype == "float32"


def test_mixed_labels_weigh():
    both = cross_entropy(np.full((1, 4), 0.25, "float32"), LOGITS[:1])
    np.testing.assert_allclose(both, np.log(np.exp(LOGITS[0]).sum()) - LOGITS[0].mean(), rtol=1e-5)
