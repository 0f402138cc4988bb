"""Reads a project's config file."""

import yaml

from keras_transfer.project.config import Config
from keras_transfer.project.config_error import ConfigError
from keras_transfer.project.config_reader import ConfigReader


def load_config(path, schema, overrides=(), text=None):
    """Read a YAML config, check it against a schema, and apply `key.sub=value` overrides.

    Relative paths in the file are relative to the file's folder, those in overrides to the current folder. Environment
    variables play no part. `1e-3` is a number.

    Example:

        config = load_config("config.yaml", image_schema(), overrides=["pretrain.epochs=3"])
        config.pretrain.epochs  # 3

    Args:
        path: The file.
        schema: Nested `dict` with `Field` leaves, such as `image_schema()`.
        overrides: Texts `key.sub=value`; of two for one key the later holds.
        text: The file's contents as `bytes` or `str`, when they are not on disk; `path` then only names them.

    Returns:
        A `Config`.

    Raises:
        ConfigError: with every problem that was found, each on a line such as
            `config.yaml:12:3: unknown key `pretrain.epoch`; did you mean `pretrain.epochs`?`
    """
    filename = str(path)
    reader = ConfigReader(schema, filename)
    reader.read_section(_compose(_text(filename, text), reader))
    for override in overrides:
        reader.read_override(override)
    values = reader.nested()
    if reader.problems:
        raise ConfigError(reader.problems)
    return Config(values, reader.origins)


def _text(filename, text):
    if isinstance(text, str):
        return text
    if text is None:
        try:
            with open(filename, "rb") as file:
                text = file.read()
        except OSError as error:
            raise ConfigError([f"{filename}: cannot be read: {error.strerror}"]) from error
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
        message = f"not UTF-8 (byte 0x{text[error.start]:02x}); save the file as UTF-8"
        raise ConfigError([f"{filename}:{line}:{column}: {message}"]) from error


def _compose(text, reader):
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError([f"{reader.place(mark)}: {_explain(error)}"]) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        message = f"the character {chr(error.character)!r} is not allowed in YAML"
        raise ConfigError([f"{reader.filename}:{line}:{column}: {message}"]) from error
    except RecursionError as error:
        raise ConfigError([f"{reader.filename}:1:1: nested too deeply"]) from error
    if node is None:
        raise ConfigError([f"{reader.filename}:1:1: the file is empty; write {{}} to take every default"])
    return node


def _explain(error):
    problem = error.problem or str(error)
    if "'\\t'" in problem:
        return f"{problem}: indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return f"{problem}: put quotes around a value that contains a colon"
    return f"{problem}{f' ({error.context})' if error.context else ''}"
