"""The error of a run folder that cannot be used as asked."""


class RunError(RuntimeError):
    """A run folder cannot be used as asked; the text says which one, why, and what to do."""
