"""The comparison on the terminal."""

import rich.box
from rich.console import Console
from rich.table import Table

from keras_transfer.evaluation.compare import ARMS


def print_table(report):
    """Print a report's scores and its verdict.

    Args:
        report: What `write_report` returned, or what `report.json` holds.
    """
    table = Table("trained how", "accuracy", "macro-F1", box=rich.box.SIMPLE_HEAD)
    for arm in ARMS:
        if arm in report["test"]:
            row = report["test"][arm]
            cells = [f"{row[score]['mean']:.3f} ± {row[score]['std']:.3f}" for score in ("accuracy", "macro_f1")]
            table.add_row(arm.replace("_", " "), *cells, style="bold" if arm == "finetuned" else None)
    console = Console(highlight=False)
    console.print(table)
    console.print(report["verdict"], markup=False)
