"""A model whose body is frozen, and what was seen to happen to it: for stock_keras_traps.py."""

import warnings

import keras
import numpy as np

GROUPS = ("head", "body*")
STEPS = 4  # an epoch


def model(optimizer=None, body="body", frozen=True):
    """A frozen body of Dense and batch norm below a head, compiled."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(3, name=body)(inputs)
    outputs = keras.layers.BatchNormalization(name="body_norm")(outputs)
    made = keras.Model(inputs, keras.layers.Dense(1, name="head")(outputs))
    for layer in made.layers[1:-1]:
        layer.trainable = not frozen
    made.compile(optimizer or keras.optimizers.Adam(1e-2), "mse")
    return made


def fit(made, *callbacks, epochs=1, first=0):
    """Train on a few random rows."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8 * STEPS, 4)).astype("float32")
    made.fit(
        x,
        x.sum(1),
        batch_size=8,
        epochs=epochs,
        initial_epoch=first,
        shuffle=False,
        verbose=0,
        callbacks=list(callbacks),
    )


def open_body(made):
    """Thaw as the Keras guides do."""
    for layer in made.layers:
        layer.trainable = True


def kernel(made):
    """Values of the body's kernel."""
    return made.layers[1].kernel.numpy()


def changed(made, action):
    """Whether the body's kernel moves in an action."""
    before = kernel(made)
    action()
    return bool(np.abs(kernel(made) - before).max() > 0)


def error_of(action):
    """The error an action raises in short, or None."""
    try:
        action()
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        # Keras puts the reason of a failed load below a line of its own.
        return f"{type(error).__name__}: {lines[1 if lines[0].startswith('A total of') else 0].strip()[:100]}"
    return None


def quietly(action):
    """Run an action; return the texts of what it warns the user of."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        action()
    return [str(warning.message) for warning in seen if warning.category is UserWarning]


class Slots:
    """Adam's clock and whether its moments of the head's kernel hold anything."""

    def __init__(self, made):
        optimizer = made.optimizer
        self.steps = int(optimizer.iterations.numpy())
        slots = [v.numpy() for v in optimizer.variables if "head_kernel" in v.path or "head/kernel" in v.path]
        self.moments = any(np.abs(slot).max() > 0 for slot in slots)


class Stop(keras.callbacks.Callback):
    """Ends the process, as it were, when an epoch begins."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        """Raise in the epoch that was named."""
        if epoch == self.epoch:
            raise RuntimeError("killed")


class Remember(keras.callbacks.Callback):
    """Whether the body moves from the first epoch on."""

    moved = False

    def __init__(self, made):
        super().__init__()
        self.made, self.before = made, None

    def on_epoch_begin(self, epoch, logs=None):
        """What the body is like at first."""
        if self.before is None:
            self.before = kernel(self.made)

    def on_epoch_end(self, epoch, logs=None):
        """Compare."""
        Remember.moved = bool(np.abs(kernel(self.made) - self.before).max() > 0)


class Count(keras.callbacks.Callback):
    """Epochs run with the body open, and with it frozen."""

    def __init__(self):
        super().__init__()
        self.frozen = self.open = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Count."""
        if self.model.layers[1].trainable:
            self.open += 1
        else:
            self.frozen += 1
