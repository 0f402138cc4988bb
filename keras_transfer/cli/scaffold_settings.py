"""Writes `--set key.sub=value` into the text of a config file, comments and all else untouched."""

import json
import os
from pathlib import Path

import yaml

from keras_transfer.cli.refused import Refused
from keras_transfer.project import ConfigError, load_config
from keras_transfer.project.config_reader import fields_of


def apply_settings(text, settings, schema, filename):
    """Change values in a config's text.

    Args:
        text: The config, as text.
        settings: Texts `key.sub=value`.
        schema: Its schema, or `None`: then keys must be in the file, and values are taken as YAML.
        filename: Its name, for errors.

    Returns:
        The new text, checked against the schema as a project's scripts will do.

    Raises:
        Refused: if the settings or the config itself are wrong.
    """
    values = _checked(text, settings, schema, filename)
    for key, value in values.items():
        text = _put(text, key.split("."), _literal(value), filename)
    if schema is not None:
        written = _load(filename, schema, (), text)
        wrong = [key for key, value in values.items() if written[key] != value]
        if wrong:
            raise Refused(f"--set {wrong[0]}: cannot be written into {filename}; edit the file")
    return text


def absolute_inputs(settings, schema):
    """Settings whose data are found from the project too: a path that exists from where one stands becomes absolute.

    Returns:
        The settings, and a list of notes on paths that lead nowhere yet.
    """
    fields, found, notes = fields_of(schema), [], []
    for setting in settings:
        key, _, value = setting.partition("=")
        field = fields.get(key.strip())
        is_input = field is not None and field.type is Path and key.strip().startswith("data.") and value
        if is_input and "\0" not in value:
            path = os.path.abspath(os.path.expanduser(value))
            if os.path.exists(path):
                setting = f"{key}={path}"
            else:
                notes.append(
                    f"{key}: there is nothing at {value} yet; the project will look for it from its own folder"
                )
        found.append(setting)
    return found, notes


def _checked(text, settings, schema, filename):
    if schema is not None:
        config = _load(filename, schema, settings, text)
        return {key: config[key] for key in (setting.partition("=")[0].strip() for setting in settings)}
    values = {}
    for setting in settings:
        key, equals, raw = setting.partition("=")
        if not equals:
            raise Refused(f"--set {setting}: expected KEY=VALUE")
        if not _has(_root(text, filename), key.strip().split(".")):
            raise Refused(f"--set {setting}: {filename} has no {key.strip()}")
        try:
            value = yaml.safe_load(raw)
        except yaml.YAMLError:
            value = raw
        values[key.strip()] = value if isinstance(value, (bool, int, float, list)) or value is None else raw
    return values


def _load(filename, schema, overrides, text):
    try:
        return load_config(filename, schema, overrides, text=text)
    except ConfigError as error:
        raise Refused("\n".join(error.problems)) from error


def _literal(value):
    if value is None:
        return "null"
    if isinstance(value, str) and not value.isprintable():
        return json.dumps(value)
    plain = list(value) if isinstance(value, tuple) else value
    dumped = yaml.safe_dump(plain, default_flow_style=True, width=10**9, allow_unicode=True)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _has(node, keys):
    if not isinstance(node, yaml.MappingNode):
        return False
    below = next((value for name, value in node.value if name.value == keys[0]), None)
    return below is not None and (len(keys) == 1 or _has(below, keys[1:]))


def _put(text, keys, literal, filename):
    node = _root(text, filename)
    for depth, key in enumerate(keys):
        entry = next((pair for pair in node.value if pair[0].value == key), None)
        if entry is None:
            return _add(text, node, keys[depth:], literal, filename)
        name, node = entry
        if depth == len(keys) - 1:
            return _replace(text, name, node, literal, filename)
        if isinstance(node, yaml.ScalarNode) and node.value == "":  # `data:` with nothing below it
            head, tail = text[: node.start_mark.index], text[node.start_mark.index :]
            return head + _lines(keys[depth + 1 :], literal, name.start_mark.column + 2) + tail
        if not isinstance(node, yaml.MappingNode):
            raise Refused(f"--set {'.'.join(keys)}: `{key}` is no section in {filename}")
    raise AssertionError("unreachable: the last key returns")


def _root(text, filename):
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise Refused(f"{filename}: {' '.join(str(error).split())}") from error
    if not isinstance(node, yaml.MappingNode):
        raise Refused(f"{filename}: must hold `key: value` lines")
    return node


def _replace(text, name, node, literal, filename):
    is_block = not isinstance(node, yaml.ScalarNode) and not node.flow_style
    if is_block or getattr(node, "style", None) in ("|", ">"):
        line = name.start_mark.line + 1
        raise Refused(f"{filename}:{line}: `{name.value}` spans several lines; edit the file")
    start, end = node.start_mark.index, node.end_mark.index
    return f"{text[:start]}{' ' if start == end else ''}{literal}{text[end:]}"


def _add(text, node, keys, literal, filename):
    if node.flow_style or not node.value:
        raise Refused(f"--set {'.'.join(keys)}: there is no place for it in {filename}; edit the file")
    last = node
    while isinstance(last, yaml.MappingNode) and last.value and not last.flow_style:
        last = last.value[-1][1]
    at = text.find("\n", last.end_mark.index)
    at = len(text) if at < 0 else at
    return text[:at] + _lines(keys, literal, node.value[0][0].start_mark.column) + text[at:]


def _lines(keys, literal, indent):
    """The lines of nested keys, each begun with a line break."""
    lines = [f"\n{' ' * (indent + 2 * depth)}{key}:" for depth, key in enumerate(keys)]
    return "".join(lines) + f" {literal}"
