"""A scikit-learn classifier on deep features."""

from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from keras_transfer.transfer.held_encoder import HeldEncoder


def _inner_has(name):
    def check(self):
        getattr(getattr(self, "estimator_", None) or self.estimator or LogisticRegression, name)
        return True

    return check


class FeatureClassifier(HeldEncoder, ClassifierMixin, BaseEstimator):
    """Any scikit-learn classifier on an encoder's features, standardised; logistic regression by default.

    Works wherever scikit-learn takes a classifier: `cross_val_score`, `GridSearchCV` over `estimator__C`, voting and stacking,
    joblib. The encoder is frozen, and samples may be rows of numbers, as in `FeatureTransformer`.

    Args:
        encoder: Built Keras model, or the path of a `.keras` file. None: the samples themselves, to compare with.
        estimator: Classifier to fit on the features, such as `SVC()`; it is cloned. None: `LogisticRegression(max_iter=2000)`.
        layer: Path or name of a layer within whose output is taken.
        pool: Whether maps and sequences are averaged over their positions, not flattened.
        batch_size: Samples at a time.

    Attributes:
        classes_: Classes, sorted.
        scaler_: The fitted `StandardScaler`.
        estimator_: The fitted classifier.

    Raises:
        ValueError: from `fit`, if the encoder does not take such samples, or there are fewer than two classes.

    Example:
        >>> classifier = keras_transfer.transfer.FeatureClassifier("encoder.keras", SVC())
        >>> GridSearchCV(classifier, {"estimator__C": [0.1, 1, 10]}).fit(images, names).score(test_images, test_names)
    """

    def __init__(self, encoder=None, estimator=None, layer=None, pool=True, batch_size=256):
        self.encoder = encoder
        self.estimator = estimator
        self.layer = layer
        self.pool = pool
        self.batch_size = batch_size

    def fit(self, X, y):
        """Compute the features once, and fit the classifier on them.

        Args:
            X: Array of shape `(samples, ...)`.
            y: Classes, of any kind, shape `(samples,)`.
        """
        self._open()
        samples, y = self._samples(X, fitting=True, y=y)
        check_classification_targets(y)
        features = self._encode(samples)
        self.scaler_ = StandardScaler().fit(features)
        estimator = LogisticRegression(max_iter=2000) if self.estimator is None else clone(self.estimator)
        self.estimator_ = estimator.fit(self.scaler_.transform(features), y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X):
        """The most likely class of each sample, shape `(samples,)`."""
        scaled = self._scaled(X)
        return self.estimator_.predict(scaled)

    @available_if(_inner_has("predict_proba"))
    def predict_proba(self, X):
        """Probabilities `(samples, classes)`, if the classifier gives them."""
        scaled = self._scaled(X)
        return self.estimator_.predict_proba(scaled)

    @available_if(_inner_has("decision_function"))
    def decision_function(self, X):
        """Scores, of one class more than the other or of each, if the classifier gives them."""
        scaled = self._scaled(X)
        return self.estimator_.decision_function(scaled)

    def _scaled(self, X):
        check_is_fitted(self, "estimator_")
        return self.scaler_.transform(self._encode(self._samples(X, fitting=False)))
