import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import FeatureClassifier, features

RNG = np.random.default_rng(0)
X, Y = RNG.random((40, 8, 8, 1), np.float32), np.array(["cat", "dog"])[np.arange(40) % 2]


def test_it_is_a_regression_on_standardised_features():
    encoder = small_cnn((8, 8, 1), width=4)
    found = FeatureClassifier(encoder).fit(X, Y)
    scaled = StandardScaler().fit_transform(features(encoder, X, pool=True))
    expected = LogisticRegression(max_iter=2000).fit(scaled, Y)
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(scaled), atol=1e-5)
    assert found.classes_.tolist() == ["cat", "dog"] and set(found.predict(X)) <= {"cat", "dog"}


def test_only_what_the_classifier_can_do_is_there():
    svm = FeatureClassifier(None, SVC())
    assert not hasattr(svm, "predict_proba") and hasattr(svm, "decision_function")
    assert svm.fit(X, Y).decision_function(X).shape == (40,)


def test_labels_that_are_no_classes_are_refused():
    with pytest.raises(ValueError, match="label type: continuous"):
        FeatureClassifier().fit(X, RNG.random(40))
