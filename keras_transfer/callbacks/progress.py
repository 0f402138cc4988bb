"""How far a training is: a bar on a terminal, plain lines off it."""

import sys
import time

import keras


class Progress(keras.callbacks.Callback):
    """One bar over all epochs on a terminal; off it, a line an epoch, and no more than one every few seconds.

    Use it with `fit(..., verbose=0)`. Keras's own bar writes control codes into logs and pipes.

    Args:
        label: What is being trained, shown first.
        every: Off a terminal, seconds between lines at least; the first and the last epoch are always shown.

    Example:
        >>> model.fit(data, epochs=100, verbose=0, callbacks=[keras_transfer.callbacks.Progress("pretraining")])
    """

    def __init__(self, label="", every=5.0):
        super().__init__()
        self.label, self.every = label, every
        self._bar = self._task = None

    def on_train_begin(self, logs=None):
        """Draw the bar."""
        self._first, self._shown, self._began = None, -float("inf"), time.monotonic()
        if sys.stdout.isatty():
            self._bar, self._task = _bar(self.label, self.params["epochs"])
            self._bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        """Remember where a resumed training began."""
        if self._first is None:
            self._first = epoch
            if self._bar:
                self._bar.update(self._task, completed=epoch)

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar within the epoch."""
        if self._bar and self.params.get("steps"):
            # The epoch is read from the bar; rich itself limits how often it draws.
            epoch = int(self._bar.tasks[self._task].completed + 1e-9)
            self._bar.update(
                self._task, completed=epoch + min(batch + 1, self.params["steps"] - 0.5) / self.params["steps"]
            )

    def on_epoch_end(self, epoch, logs=None):
        """Show the epoch's metrics."""
        if self._bar:
            self._bar.update(self._task, completed=epoch + 1, shown=_metrics(logs))
            return
        now = time.monotonic()
        last = epoch + 1 >= self.params["epochs"] or self.model.stop_training
        if epoch == self._first or last or now - self._shown >= self.every:
            self._shown = now
            label = f"{self.label}  " if self.label else ""
            print(
                f"{label}epoch {epoch + 1}/{self.params['epochs']}  {_metrics(logs)}  {now - self._began:.0f} s",
                flush=True,
            )

    def on_train_end(self, logs=None):
        """Leave the bar as it is."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def _metrics(logs):
    return "  ".join(f"{name} {value:.4g}" for name, value in (logs or {}).items() if "/" not in name)


def _bar(label, epochs):
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.text import Text

    class Bar(Progress):
        """Metrics below the bar: beside it, many of them would leave no room for it."""

        def get_renderables(self):
            yield from super().get_renderables()
            yield from (Text(task.fields["shown"], "cyan") for task in self.tasks if task.fields["shown"])

    bar = Bar(
        TextColumn(label or "training"),
        BarColumn(),
        TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        refresh_per_second=4,
    )
    return bar, bar.add_task("training", total=epochs, shown="")
