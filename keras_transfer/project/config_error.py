"""The error of a config that cannot be used."""


class ConfigError(ValueError):
    """One or more things are wrong in a config; each is a line that begins with where it stands.

    Args:
        problems: The lines, such as `config.yaml:12:11: pretrain.epochs must be >= 1. Received: 0`.

    Attributes:
        problems: The same lines, as a tuple.
    """

    def __init__(self, problems):
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
