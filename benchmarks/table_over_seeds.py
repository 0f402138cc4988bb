"""The loop that comparisons of methods over several seeds share."""

import statistics
import time


def table_over_seeds(columns, methods, seeds, load, train):
    """Train every method on every column's data with every seed, and print accuracies as they come and as a Markdown table.

    Args:
        columns: Dict from what `load` takes to a column's title.
        methods: Names.
        seeds: Integers.
        load: Function of `(column, seed)` that returns the data.
        train: Function of `(method, data, seed)` that returns an accuracy.
    """
    table = {}
    for column, title in columns.items():
        for seed in seeds:
            sets = load(column, seed)
            for method in methods:
                started = time.perf_counter()
                accuracy = train(method, sets, seed)
                table.setdefault(method, []).append((column, accuracy))
                seconds = time.perf_counter() - started
                print(f"{title}, seed {seed} {method:12s} {accuracy:.3f} ({seconds:.0f} s)", flush=True)
    print(f"\n| method | {' | '.join(columns.values())} |\n|---|{'---|' * len(columns)}")
    for method, found in table.items():
        cells = [spread([accuracy for of, accuracy in found if of == column]) for column in columns]
        print(f"| {method} | {' | '.join(cells)} |")


def spread(values):
    """Mean and standard deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.3f} ± {deviation:.3f}"
