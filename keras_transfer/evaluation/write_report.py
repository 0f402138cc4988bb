"""The report of a run, for machines and for people."""

import base64
import io
import json
import math
from pathlib import Path

import jinja2

from keras_transfer.atomic_write import atomic_write
from keras_transfer.evaluation.verdict import verdict
from keras_transfer.score_name import score_name
from keras_transfer.version import __version__


def write_report(folder, comparison, *, config, seconds, class_names, title="Report"):
    """Write `report.json` and `report.html`.

    Args:
        folder: Where to.
        comparison: What `compare` returned; the first score of its rows is the one that is drawn and decides.
        config: Settings of the run, a nested dict that JSON can hold.
        seconds: Dict of the seconds each stage took.
        class_names: Names in the order of the classes.
        title: Heading of the page.

    Returns:
        The report, a dict: the comparison's keys, and `config`, `seconds`, `verdict`, `class_names`, `version`.
    """
    report = {
        "verdict": verdict(comparison["test"]),
        **comparison,
        "arm_seconds": comparison["seconds"],
        "seconds": seconds,
        "class_names": [str(name) for name in class_names],
        "config": config,
        "version": __version__,
    }
    folder = Path(folder)
    page = _page().render(
        title=title,
        report=report,
        bars=_svg(_draw_bars(comparison["test"])),
        confusion=_confusion(comparison.get("confusion"), report["class_names"]),
        scores=list(comparison["test"]["finetuned"]),
    )
    atomic_write(folder / "report.json", json.dumps(report, indent=2, default=str) + "\n")
    atomic_write(folder / "report.html", page)
    return report


def _page():
    source = Path(__file__).with_name("report.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["score_name"] = score_name
    return environment.from_string(source)


def _draw_bars(test):
    figure, axes = _figure(6.4, 0.55 * len(test) + 0.9)
    arms, name = list(test)[::-1], next(iter(test["finetuned"]))
    for row, arm in enumerate(arms):
        score = test[arm][name]
        axes.barh(row, score["mean"], color="#2563eb" if arm == "finetuned" else "#94a3b8", height=0.62, zorder=2)
        axes.plot(
            score["seeds"], [row] * len(score["seeds"]), "o", color="#0f172a", markersize=3.5, alpha=0.7, zorder=3
        )
        # The label stands clear of the right-most seed.
        axes.text(max(score["mean"], *score["seeds"]) + 0.015, row, f"{score['mean']:.3f}", va="center", fontsize=9)
    axes.set_yticks(range(len(arms)), [arm.replace("_", " ") for arm in arms])
    axes.set_xlim(0, 1.08)
    axes.set_xlabel(f"{score_name(name)} on the test set; dots are seeds")
    axes.grid(axis="x", color="#e2e8f0", zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure


def _confusion(counts, names):
    return None if counts is None else _svg(_draw_confusion(counts, names))


def _draw_confusion(counts, names):
    size = min(9.0, 2.2 + 0.42 * len(counts))
    figure, axes = _figure(size, size)
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(counts) <= 20:
        for true, row in enumerate(shares):
            for predicted, share in enumerate(row):
                if share >= 0.005:
                    colour = "white" if share > 0.6 else "#0f172a"
                    axes.text(
                        predicted,
                        true,
                        f"{math.floor(100 * share + 0.5)}",
                        ha="center",
                        va="center",
                        fontsize=7,
                        color=colour,
                    )
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true class; % of it")
    return figure


def _figure(width, height):
    # Not pyplot: it keeps global state and wants a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _svg(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
