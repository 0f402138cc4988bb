"""Turns YAML nodes and `--set` texts into checked values, and remembers what is wrong with each."""

import difflib
import os
import re
from pathlib import Path

import yaml

from keras_transfer.project.field import REQUIRED, Field

_NULL = ("", "~", "null", "Null", "NULL")
_BOOLS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
# PyYAML takes `1e-3` for text, `1:30` for 90 and `010` for 8; these read what a person means.
_INT = re.compile(r"[-+]?[0-9][0-9_]*")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.?(inf|nan)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ConfigReader:
    """Collects values, their places and the problems of one config.

    Args:
        schema: Nested `dict` with `Field` leaves.
        filename: Name of the file, for places and for paths relative to it.

    Attributes:
        values: From dotted key to value, for the keys that were given.
        origins: From dotted key to where it stands.
        problems: Lines of what is wrong.
    """

    def __init__(self, schema, filename):
        self.schema, self.filename = schema, filename
        self.fields = fields_of(schema)
        self.values, self.origins, self.problems = {}, {}, []

    def place(self, mark):
        """`file:line:column`, counted from 1."""
        return f"{self.filename}:{mark.line + 1}:{mark.column + 1}"

    def read_section(self, node, schema=None, prefix=""):
        """Read a mapping node against a section of the schema."""
        schema = self.schema if schema is None else schema
        if isinstance(node, yaml.ScalarNode) and _is_null(node):
            return  # `pretrain:` with all of its keys commented out
        if not isinstance(node, yaml.MappingNode):
            name = f"`{prefix[:-1]}` is a section:" if prefix else "the file"
            self._report(node, f"{name} must hold `key: value` lines. Received: {_describe(node)}")
            return
        seen = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, f"a key must be a word. Received: {_describe(key_node)}")
                continue
            key = key_node.value
            if key in seen:
                self._report(key_node, f"duplicate key `{prefix}{key}`, first given in line {seen[key]}")
                continue
            seen[key] = key_node.start_mark.line + 1
            if key not in schema:
                self._report(key_node, self._unknown(f"{prefix}{key}", schema, prefix))
            elif isinstance(schema[key], Field):
                self._read_value(f"{prefix}{key}", schema[key], value_node)
            else:
                self.read_section(value_node, schema[key], f"{prefix}{key}.")

    def read_override(self, text):
        """Read one `key.sub=value`; it takes the place of what the file says."""
        place = f"--set {text}"
        key, equals, raw = text.partition("=")
        key = key.strip()
        if not equals or not key:
            self.problems.append(f"{place}: expected KEY=VALUE, such as pretrain.epochs=3")
            return
        field = self.fields.get(key)
        if field is None:
            inside = [name for name in self.fields if name.startswith(f"{key}.")]
            message = (
                f"`{key}` is a section with {', '.join(inside)}" if inside else self._unknown(key, self.schema, "")
            )
            self.problems.append(f"{place}: {message}")
            return
        self._store(key, field, place, lambda: _override_value(field, raw))

    def nested(self):
        """All values with defaults filled in, nested; a missing required key is a problem."""
        missing = [key for key, field in self.fields.items() if key not in self.values and field.default is REQUIRED]
        for key in missing:
            help_text = f": {self.fields[key].help}" if self.fields[key].help else ""
            self.problems.append(f"{self.filename}:1:1: missing required key `{key}`{help_text}")
        return self._nested(self.schema, "")

    def _nested(self, schema, prefix):
        return {
            key: self.values.get(f"{prefix}{key}", self._default(item))
            if isinstance(item, Field)
            else self._nested(item, f"{prefix}{key}.")
            for key, item in schema.items()
        }

    def _default(self, field):
        is_path = field.element_type is Path and isinstance(field.default, str)
        return self._beside(field.default) if is_path else field.default

    def _beside(self, path):
        return os.path.join(os.path.dirname(self.filename), path)

    def _read_value(self, key, field, node):
        self._store(key, field, self.place(node.start_mark), lambda: self._node_value(field, node))

    def _store(self, key, field, place, read):
        try:
            value = read()
            problem = field.problem(value) if value is not None else None
            if problem:
                raise ValueError(problem + _closest(value, field.choices))
        except ValueError as error:
            self.problems.append(f"{place}: `{key}` {error}")
        else:
            self.values[key], self.origins[key] = value, place

    def _node_value(self, field, node):
        if isinstance(node, yaml.ScalarNode) and _is_null(node):
            return _null_value(field)
        if field.is_list:
            if not isinstance(node, yaml.SequenceNode):
                raise ValueError(f"must be {field.expected}, such as [1, 2]. Received: {_describe(node)}")
            return tuple(self._scalar(field, item) for item in node.value)
        return self._scalar(field, node)

    def _scalar(self, field, node):
        if not isinstance(node, yaml.ScalarNode):
            raise ValueError(f"must be {field.expected}. Received: {_describe(node)}")
        if node.tag.startswith("!") or "python" in node.tag:
            raise ValueError(f"must be {field.expected}, without a tag. Received: {node.tag}")
        if node.style in ("'", '"') and field.element_type not in (str, Path):
            raise ValueError(f"must be {field.expected}, without quotes. Received: {node.value!r}")
        value = _scalar_value(field, node.value)
        return self._beside(value) if field.element_type is Path else value

    def _unknown(self, key, schema, prefix):
        own = key[len(prefix) :]
        whole = difflib.get_close_matches(key, self.fields, n=1, cutoff=0.7)
        siblings = [f"{prefix}{name}" for name in difflib.get_close_matches(own, schema, n=1)]
        elsewhere = [name for name in self.fields if name.rpartition(".")[2] == key.rpartition(".")[2]]
        guesses = (whole or elsewhere) if "." in own else (siblings or elsewhere or whole)
        if guesses:
            return f"unknown key `{key}`; did you mean {' or '.join(f'`{name}`' for name in guesses)}?"
        where = f"`{prefix[:-1]}` has" if prefix else "there are"
        return f"unknown key `{key}`; {where} {', '.join(schema)}"

    def _report(self, node, message):
        self.problems.append(f"{self.place(node.start_mark)}: {message}")


def fields_of(schema):
    """All fields of a schema, from dotted key to field."""
    return dict(_fields(schema))


def _fields(schema, prefix=""):
    for key, item in schema.items():
        if isinstance(item, Field):
            yield f"{prefix}{key}", item
        else:
            yield from _fields(item, f"{prefix}{key}.")


def _is_null(node):
    return node.style not in ("'", '"', "|", ">") and node.value in _NULL


def _null_value(field):
    if field.default is not None:
        raise ValueError(f"must be {field.expected}. Received: nothing (null)")
    return None


def _override_value(field, raw):
    """Text is taken as typed, so that no path or word needs YAML's quoting; lists may leave their brackets out."""
    if raw.strip() in _NULL:
        return _null_value(field)
    if not field.is_list:
        return _scalar_value(field, raw)
    items = raw.strip().removeprefix("[").removesuffix("]").split(",")
    return tuple(_scalar_value(field, item.strip().strip("\"'")) for item in items if item.strip())


def _scalar_value(field, text):
    kind, value = field.element_type, None
    if kind is str:
        return text
    if kind is Path:
        return _path_value(text)
    text = text.strip()
    if kind is bool:
        value = _BOOLS.get(text.lower())
    elif kind is int and _INT.fullmatch(text):
        value = int(text)
    elif kind is float and (_FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text)):
        value = float(text.replace(".inf", "inf").replace(".nan", "nan"))
    if value is None:
        raise ValueError(f"must be {field.expected}. Received: {text!r}")
    return value


def _path_value(text):
    if not text:
        raise ValueError("must be a path. Received: ''")
    if _CONTROL.search(text):
        raise ValueError(f"must be a path, without control characters. Received: {text!r}")
    return os.path.expanduser(text)


def _describe(node):
    if isinstance(node, yaml.MappingNode):
        return "a section"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return repr(node.value)


def _closest(value, choices):
    close = difflib.get_close_matches(str(value), map(str, choices), n=1)
    return f"; did you mean {close[0]}?" if close else ""
