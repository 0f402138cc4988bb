"""An encoder as a scikit-learn transformer."""

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from keras_transfer.transfer.held_encoder import HeldEncoder


class FeatureTransformer(ClassNamePrefixFeaturesOutMixin, HeldEncoder, TransformerMixin, BaseEstimator):
    """Deep features as a step of scikit-learn: in `Pipeline`, `GridSearchCV`, `cross_val_score`, saved with joblib.

    The encoder is frozen; `fit` only opens and checks it. Samples have the encoder's shape, or are its rows of numbers, as
    scikit-learn's own data sets have them: `(samples, 64)` for an encoder of 8 x 8 images.

    Args:
        encoder: Built Keras model, or the path of a `.keras` file. None: the samples themselves as float32, to compare with.
        layer: Path or name of a layer within whose output is taken.
        pool: Whether maps and sequences are averaged over their positions, not flattened.
        batch_size: Samples at a time.

    Attributes:
        n_features_in_: As in scikit-learn, the size of the first axis of a sample.
        encoder_sha256_: Of the file, if `encoder` is a path.

    Raises:
        ValueError: from `fit`, if `encoder` is something else or does not take such samples.

    Example:
        >>> steps = [FeatureTransformer("encoder.keras"), StandardScaler(), SVC()]
        >>> search = GridSearchCV(make_pipeline(*steps), {"svc__C": [0.1, 1, 10]})
        >>> search.fit(images, labels)
    """

    def __init__(self, encoder=None, layer=None, pool=True, batch_size=256):
        self.encoder = encoder
        self.layer = layer
        self.pool = pool
        self.batch_size = batch_size

    def fit(self, X, y=None):
        """Open the encoder and try it on a sample.

        Args:
            X: Array of shape `(samples, ...)`.
            y: Passed over.
        """
        self._open()
        # A single sample tells the width, and whether the encoder takes such samples.
        self._n_features_out = self._encode(self._samples(X, fitting=True)[:1]).shape[1]
        return self

    def transform(self, X):
        """The features, float32 of shape `(samples, width)`."""
        check_is_fitted(self, "n_features_in_")
        return self._encode(self._samples(X, fitting=False))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.requires_fit = True
        return tags
