"""The settings of one run, read-only."""

import difflib

import yaml


class Config:
    """Settings with attribute access (`config.pretrain.epochs`), read-only. `load_config` makes them.

    Args:
        values: Nested `dict` of sections and values.
        origins: Where each value stands, from dotted key to text such as `config.yaml:3:11` or `--set a.b=1`; a key
            that is left out has its default.

    `config["pretrain.epochs"]` takes a dotted key. Two configs are equal when their values are, wherever they stand.
    """

    __slots__ = ("_origins", "_prefix", "_values")

    def __init__(self, values, origins=None, _prefix=""):
        put = super().__setattr__
        put("_values", {str(key): _frozen(value) for key, value in values.items()})
        put("_origins", dict(origins or {}))
        put("_prefix", _prefix)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._values:
            close = difflib.get_close_matches(name, self._values, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"it has {', '.join(self._values)}"
            raise AttributeError(f"the config has no `{self._prefix}{name}`; {hint}")
        value = self._values[name]
        return Config(value, self._origins, f"{self._prefix}{name}.") if isinstance(value, dict) else value

    def __setattr__(self, name, value):
        raise AttributeError(
            f"a config is read-only: use `config.replace({{'{self._prefix}{name}': ...}})` to get another"
        )

    def __getitem__(self, key):
        value = self
        for part in key.split("."):
            value = getattr(value, part)
        return value

    def __dir__(self):
        return [*super().__dir__(), *self._values]

    def __eq__(self, other):
        return isinstance(other, Config) and self.to_dict() == other.to_dict()

    __hash__ = None

    def __repr__(self):
        return f"Config({self.to_dict()})"

    def __reduce__(self):
        return Config, (self.to_dict(), self._origins, self._prefix)

    def where(self, key):
        """Where the value of a dotted key stands: `config.yaml:3:11`, `--set a.b=1`, or `the default`."""
        self[key]  # names an unknown key
        return self._origins.get(f"{self._prefix}{key}", "the default")

    def flat(self):
        """All values, from dotted key to value."""
        return dict(_flat(self._values))

    def replace(self, changes, origin="replaced"):
        """Another config with some values changed.

        Args:
            changes: From dotted key to new value.
            origin: Where the new values come from, for `where`.

        Raises:
            AttributeError: if a key is unknown.
        """
        values = self.to_dict()
        for key, value in changes.items():
            self[key]
            *sections, last = key.split(".")
            section = values
            for name in sections:
                section = section[name]
            section[last] = value
        origins = {**self._origins, **{f"{self._prefix}{key}": origin for key in changes}}
        return Config(values, origins, self._prefix)

    def to_dict(self):
        """The values as plain dicts, lists, numbers and text, ready for JSON."""
        return _plain(self._values)

    def to_yaml(self):
        """The values as YAML that `load_config` reads back."""
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)


def _frozen(value):
    if isinstance(value, dict):
        return {str(key): _frozen(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _flat(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
