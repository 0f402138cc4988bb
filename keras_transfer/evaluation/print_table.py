"""The comparison on the terminal."""

import rich.box
from rich.console import Console
from rich.table import Table

from keras_transfer.score_name import score_name


def print_table(report):
    """Print a report's scores and its verdict.

    Args:
        report: What `write_report` or `compare_pairs` returned, or what `report.json` holds.
    """
    test = report["test"]
    arms = list(test)
    names = list(test[arms[0]])
    console = Console(highlight=False)
    # Terminals are narrow: what there is more of goes down.
    down = _table("trained how", names, arms, lambda arm, name: test[arm][name])
    across = _table("score", arms, names, lambda name, arm: test[arm][name])
    console.print(down if len(arms) >= len(names) else across)
    console.print(report["verdict"], markup=False)


def _table(corner, columns, rows, score):
    table = Table(corner, *map(score_name, columns), box=rich.box.SIMPLE_HEAD)
    for row in rows:
        cells = [_cell(score(row, column)) for column in columns]
        table.add_row(score_name(row), *cells, style="bold" if row == "finetuned" else None)
    return table


def _cell(score):
    # Of a single run there is no spread.
    return f"{score['mean']:.3f}" + (f" ± {score['std']:.3f}" if len(score["seeds"]) > 1 else "")
