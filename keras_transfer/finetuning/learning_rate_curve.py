"""What `find_learning_rate` measured."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class LearningRateCurve:
    """Loss against a growing learning rate.

    Attributes:
        rates: Learning rates, growing by a constant factor.
        losses: Loss of the batch at each rate, before the step.
        smoothed: Their moving average.
        suggestion: The rate at which the smoothed loss falls fastest; None if it never falls.
    """

    rates: tuple
    losses: tuple
    smoothed: tuple
    suggestion: float | None

    def plot(self, path):
        """Draw the curve, the suggestion in it, and save it.

        Args:
            path: Image file, such as `learning_rate.png`; the ending decides the format.
        """
        # Not pyplot: it keeps global state and wants a screen.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.semilogx(self.rates, self.losses, color="#cbd5e1", linewidth=1, label="loss of the batch")
        axes.semilogx(self.rates, self.smoothed, color="#2563eb", linewidth=2, label="smoothed")
        if self.suggestion is not None:
            axes.axvline(self.suggestion, color="#0f172a", linestyle="--", label=f"suggested: {self.suggestion:.2g}")
        low, high = min(self.smoothed), max(self.smoothed)
        axes.set_ylim(low - 0.1 * (high - low), high + 0.3 * (high - low) or 1)
        axes.set_xlabel("learning rate")
        axes.set_ylabel("loss")
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, dpi=120)


def steepest(rates, smoothed):
    """The rate at which a smoothed loss falls fastest before its minimum, by the logarithm of the rate; None if nowhere."""
    lowest = int(np.argmin(smoothed))
    if lowest < 2:
        return None
    slopes = np.gradient(np.asarray(smoothed, np.float64), np.log(rates))[:lowest]
    return float(rates[int(np.argmin(slopes))]) if slopes.min() < 0 else None
