"""The error that becomes one line and an exit code."""

import click


class Refused(click.ClickException):
    """Something a person asked for cannot be done; the text says what and why, in one line, without a traceback.

    Args:
        message: The line.
        exit_code: 2 for what was typed (the default), 1 for what went wrong while doing it.
    """

    def __init__(self, message, exit_code=2):
        super().__init__(message)
        self.exit_code = exit_code
