import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import FeatureTransformer

X = np.random.default_rng(0).random((6, 8, 8, 1), np.float32)


def test_names_of_features_and_frames():
    transformer = FeatureTransformer(small_cnn((8, 8, 1), width=4), layer="stage1_conv1").fit(X)
    frame = transformer.set_output(transform="pandas").transform(X)
    assert frame.columns.tolist() == [f"featuretransformer{i}" for i in range(4)]


def test_without_encoder_samples_are_rows_of_themselves():
    np.testing.assert_array_equal(FeatureTransformer().fit_transform(X), X.reshape(6, -1))


def test_it_must_be_fitted_first():
    with pytest.raises(NotFittedError):
        FeatureTransformer(small_cnn((8, 8, 1), width=4)).transform(X)
