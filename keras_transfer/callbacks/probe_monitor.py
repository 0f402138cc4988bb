"""A linear classifier on the features, epoch by epoch."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from keras_transfer.callbacks.knn_monitor import check_labelled
from keras_transfer.callbacks.monitor import Monitor
from keras_transfer.data.stratified_split import stratified_split


class ProbeMonitor(Monitor):
    """Log `probe_accuracy` of a linear layer on the encoder's features, on samples it was not fitted on.

    The layer, a logistic regression on standardised features, is solved anew each time, so the number depends on the encoder
    alone and not on how a probe trained alongside keeps up with it. The encoder is not touched.

    Args:
        x: Labelled samples, as the encoder takes them; some hundred to a few thousand.
        y: Their classes, of any kind.
        validation_data: Pair `(x, y)` that the accuracy is taken on. None: 30 % of `x`, class by class, held out.
        strength: Inverse strength of the regularisation, `> 0`.
        seed: Of the split.
        **kwargs: `every`, `encoder`, as in `callbacks.Monitor`.

    Raises:
        ValueError: if samples and classes are not as many, there are not two classes, or `strength` is out of range.

    Example:
        >>> probe = keras_transfer.callbacks.ProbeMonitor(x_labelled, y_labelled)
        >>> model.fit(views, epochs=100, callbacks=[probe, keras_transfer.callbacks.TensorBoard("logs")])

    Reference: [Alain and Bengio, 2016](https://arxiv.org/abs/1610.01644)
    """

    def __init__(self, x, y, validation_data=None, strength=0.1, seed=0, **kwargs):
        super().__init__(**kwargs)
        if not strength > 0:
            raise ValueError(f"`strength` must be > 0. Received: strength={strength}")
        self.fitted = check_labelled("x", x, y)
        if validation_data is None:
            x, y = self.fitted
            held, rest = stratified_split(y, 0.3, seed=seed)
            self.fitted, self.held = (x[rest], y[rest]), (x[held], y[held])
        else:
            self.held = check_labelled("validation_data", *validation_data)
        if len(np.unique(self.fitted[1])) < 2:
            raise ValueError("A probe needs samples of at least two classes. Received: one class")
        self.strength = strength

    def measure(self):
        """The accuracy."""
        (x, y), (held, classes) = self.fitted, self.held
        scaler = StandardScaler().fit(features := self.features(x))
        # Its last digits cost most of the time and move no accuracy.
        regression = LogisticRegression(C=self.strength, tol=1e-3, max_iter=2000).fit(scaler.transform(features), y)
        return {"probe_accuracy": regression.score(scaler.transform(self.features(held)), classes)}
