"""scikit-learn's own checks of estimators, and what they do not reach: images, saving, sharing."""

import io
import warnings

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import FeatureClassifier, FeatureTransformer, features

# joblib hashes parameters by pickling them, and Keras pickles a model as a zip file, which holds the time. The same encoder
# given as a path has no exception.
LIVE = {"check_estimators_overwrite_params": "two pickles of one Keras model differ"}


def any_width():
    """The checks bring samples of 1 to 20 features; a dense layer would take one width."""
    return keras.Sequential([keras.Input((None,)), keras.layers.Activation("tanh")])


def encoder():
    keras.utils.set_random_seed(0)
    return small_cnn((8, 8, 1), width=4)


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x[:120] / 16).astype(np.float32), y[:120]


@pytest.mark.parametrize("kind", ["none", "live", "path"])
@pytest.mark.parametrize("make", [FeatureTransformer, lambda encoder: FeatureClassifier(encoder, SVC())])
def test_checks_of_scikit_learn(kind, make, tmp_path):
    model = None if kind == "none" else any_width()
    if kind == "path":
        model.save(tmp_path / "encoder.keras")
        model = str(tmp_path / "encoder.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of checks skipped and of its own estimators
        results = check_estimator(make(model), on_fail=None, on_skip=None)
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert set(failed) == (set(LIVE) if kind == "live" else set()), failed
    assert sum(one["status"] == "passed" for one in results) > 40


def test_default_classifier_passes_the_checks():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(FeatureClassifier(), on_fail=None, on_skip=None)
    assert [one for one in results if one["status"] == "failed"] == []


def test_search_through_a_pipeline_shares_one_encoder(digits):
    model = encoder()
    pipeline = make_pipeline(FeatureTransformer(model), StandardScaler(), SVC())
    assert clone(pipeline)[0].encoder is model
    search = GridSearchCV(
        pipeline, {"svc__C": [1, 10], "featuretransformer__layer": [None, "stage2_conv1"]}, cv=2, error_score="raise"
    )
    search.fit(*digits)
    assert search.best_estimator_[0].encoder is model and search.best_score_ > 0.3
    # Rows of 64 numbers are the encoder's 8 x 8 images.
    images = digits[0].reshape(-1, 8, 8, 1)
    np.testing.assert_array_equal(FeatureTransformer(model).fit_transform(digits[0]), features(model, images))
    np.testing.assert_array_equal(FeatureTransformer(model).fit(images).transform(images), features(model, images))


@pytest.mark.parametrize("kind", ["live", "path"])
@pytest.mark.parametrize("fitted", [True, False])
def test_joblib(digits, tmp_path, kind, fitted):
    model = encoder()
    if kind == "path":
        model.save(tmp_path / "encoder.keras")
    classifier = FeatureClassifier(model if kind == "live" else tmp_path / "encoder.keras")
    if fitted:
        classifier.fit(*digits)
    joblib.dump(classifier, tmp_path / "classifier.joblib")
    loaded = joblib.load(tmp_path / "classifier.joblib")
    if not fitted:
        loaded.fit(*digits)
        classifier.fit(*digits)
    np.testing.assert_allclose(loaded.predict_proba(digits[0]), classifier.predict_proba(digits[0]), atol=1e-5)


def test_a_pickle_with_code_in_its_model_is_refused(digits):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Lambda(lambda x: x)])
    file = io.BytesIO()
    joblib.dump(FeatureTransformer(model).fit(digits[0]), file)
    file.seek(0)
    with pytest.raises(ValueError, match="it holds code"):
        joblib.load(file)


def test_a_file_that_changed_since_fit_is_refused(digits, tmp_path):
    path = str(tmp_path / "encoder.keras")
    encoder().save(path)
    joblib.dump(FeatureTransformer(path).fit(digits[0]), tmp_path / "transformer.joblib")
    small_cnn((8, 8, 1), width=4).save(path)
    with pytest.raises(ValueError, match="changed since"):
        joblib.load(tmp_path / "transformer.joblib")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (dict(encoder=3), "Received: int"),
        (dict(layer="conv"), "`layer` needs an encoder"),
        (
            dict(encoder=small_cnn((9, 9, 1), width=4)),
            r"takes samples of shape \(9, 9, 1\). Received: X of shape \(120, 64\)",
        ),
    ],
)
def test_bad_parameters_are_named(digits, parameters, message):
    with pytest.raises(ValueError, match=message):
        FeatureTransformer(**parameters).fit(digits[0])
