import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from keras_transfer.finetuning import class_weights


def test_balanced_is_scikit_learns():
    y = np.repeat([0, 1, 3], [7, 2, 1])
    found = class_weights("balanced", y, 4)
    np.testing.assert_allclose(
        found[[0, 1, 3]], compute_class_weight("balanced", classes=np.array([0, 1, 3]), y=y), rtol=1e-6
    )
    assert found[2] == 1 and found[y].mean() == pytest.approx(1)


def test_given_weights():
    np.testing.assert_array_equal(class_weights({1: 5}, [0, 1], 3), [1, 5, 1])
    assert class_weights(None, [0, 1], 3) is None


@pytest.mark.parametrize("wanted", ["balance", {3: 1.0}, {0: -1.0}, {0: float("nan")}, [1, 2]])
def test_bad_weights_are_named(wanted):
    with pytest.raises(ValueError, match="`class_weight` must"):
        class_weights(wanted, [0, 1], 3)
