"""Checks that schedules share."""


def check_positive(**arguments):
    """Raise a ValueError that names the first argument that is not `> 0`."""
    for name, value in arguments.items():
        if not value > 0:
            raise ValueError(f"`{name}` must be > 0. Received: {name}={value}")


def check_share(**arguments):
    """Raise a ValueError that names the first argument that is not in `(0, 1)`."""
    for name, value in arguments.items():
        if not 0 < value < 1:
            raise ValueError(f"`{name}` must be between 0 and 1. Received: {name}={value}")
