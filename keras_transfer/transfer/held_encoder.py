"""What scikit-learn estimators around an encoder share: loading, encoding, cloning and pickling it."""

import math
import os
import tempfile

import keras
import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import validate_data

from keras_transfer.data.file_sha256 import file_sha256
from keras_transfer.transfer.features import features
from keras_transfer.transfer.load_model import load_model


class HeldEncoder:
    """Base of estimators with the parameters `encoder`, `layer`, `pool` and `batch_size`.

    Clones share the encoder, which none of them changes. Pickles hold a live encoder as the bytes of a `.keras` file, which is
    loaded in Keras's safe mode; of an encoder given as a path they hold the path, and a file that has changed since `fit` is
    refused.
    """

    def _open(self):
        """Get hold of the encoder, at `fit`."""
        encoder = self.encoder
        if isinstance(encoder, str | os.PathLike):
            encoder = load_model(encoder)
            self.encoder_sha256_ = file_sha256(self.encoder)
        elif encoder is not None and not (isinstance(encoder, keras.Layer) and callable(encoder)):
            raise ValueError(
                f"`encoder` must be a Keras model, the path of a .keras file, or None. Received: {type(encoder).__name__}"
            )
        if encoder is None and self.layer is not None:
            raise ValueError(f"`layer` needs an encoder. Received: encoder=None, layer={self.layer!r}")
        self._model = encoder

    def _samples(self, X, fitting, y="no_validation"):
        """Samples in the encoder's shape, after scikit-learn's checks of them; with `y`, a pair."""
        X = validate_data(self, X, y, reset=fitting, dtype="numeric", allow_nd=True)
        if not isinstance(y, str):
            return self._shaped(X[0]), X[1]
        return self._shaped(X)

    def _shaped(self, X):
        shape = getattr(self._model, "input_shape", None)
        if not isinstance(shape, tuple):
            return X
        shape = shape[1:]
        # Rows of pixels, as scikit-learn has them, are given the encoder's shape.
        if None not in shape and X.shape[1:] != shape and X[0].size == math.prod(shape):
            return X.reshape(-1, *shape)
        fits = len(shape) == X.ndim - 1 and all(n in (None, m) for n, m in zip(shape, X.shape[1:], strict=True))
        if not fits:
            raise ValueError(
                f"The encoder {self._model.name!r} takes samples of shape {shape}. Received: X of shape {X.shape}"
            )
        return X

    def _encode(self, samples):
        if self._model is None:
            return samples.reshape(len(samples), -1).astype(np.float32, copy=False)
        samples = samples.astype(self._input_dtype(), copy=False)
        return features(self._model, samples, self.batch_size, self.layer, self.pool)

    def _input_dtype(self):
        inputs = getattr(self._model, "inputs", None)
        return inputs[0].dtype if inputs else "float32"

    def __sklearn_clone__(self):
        parameters = {
            name: value if name == "encoder" else clone(value, safe=False)
            for name, value in self.get_params(deep=False).items()
        }
        return type(self)(**parameters)

    def __getstate__(self):
        state = {**super().__getstate__(), "_model": "_model" in self.__dict__}
        if isinstance(self.encoder, keras.Layer):
            state["encoder"] = _Saved(self.encoder)
        return state

    def __setstate__(self, state):
        state = dict(state)
        fitted = state.pop("_model")
        if isinstance(state["encoder"], _Saved):
            state["encoder"] = state["encoder"].load()
        super().__setstate__(state)
        if fitted:
            self._reopen()

    def _reopen(self):
        if not isinstance(self.encoder, str | os.PathLike):
            self._model = self.encoder
            return
        if file_sha256(self.encoder) != self.encoder_sha256_:
            raise ValueError(
                f"{self.encoder} is not the file that this estimator was fitted with: it has changed since. Fit it again."
            )
        self._model = load_model(self.encoder)


class _Saved:
    """A model as the bytes of a `.keras` file."""

    def __init__(self, model):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "encoder.keras")
            model.save(path)
            with open(path, "rb") as file:
                self.contents = file.read()

    def load(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "encoder.keras")
            with open(path, "wb") as file:
                file.write(self.contents)
            return load_model(path)
