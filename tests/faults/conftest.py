"""Counts faults: each test that injects some says how many, and how many the library held."""

import pytest


class Count:
    """Faults injected and recovered; a fault counts as recovered when its `with` block ends without an error."""

    def __init__(self):
        self.injected, self.recovered = 0, 0

    def __enter__(self):
        self.injected += 1
        return self

    def __exit__(self, kind, error, traceback):
        self.recovered += kind is None


_COUNT = Count()


@pytest.fixture
def fault():
    """`with fault: ...` around the injection of one fault and all that must hold after it."""
    return _COUNT


def pytest_terminal_summary(terminalreporter):
    if _COUNT.injected:
        terminalreporter.write_line(f"faults recovered / injected: {_COUNT.recovered} / {_COUNT.injected}")
