"""Settings."""

from keras_transfer.project.image_schema import image_schema
from keras_transfer.project.load_config import load_config

AT = r"config\.yaml:\d+:\d+: "


def config(text, *overrides):
    def prepare(folder):
        (folder / "config.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return lambda: load_config(folder / "config.yaml", image_schema(), overrides)

    return prepare


def bomb(levels=9):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


def no_file(folder):
    return lambda: load_config(folder / "config.yaml", image_schema())


def a_folder(folder):
    (folder / "config.yaml").mkdir()
    return no_file(folder)


CASES = {
    "a tag that calls": (config("run: !!python/object/apply:os.system ['touch pwned']"), AT),
    "a tag that names": (config("run: {seed: !!python/name:os.system ''}"), AT),
    "a tag that makes": (config("run: {seed: !!python/object/new:os.system [id]}"), AT),
    "a tag for a module": (config("run: {seed: !!python/module:os ''}"), AT),
    "a tag of bytes": (config("run: {seed: !!binary aGVsbG8=}"), AT),
    "a tag nobody knows": (config("run: {seed: !evil 3}"), AT),
    "a bomb of aliases": (config(bomb()), AT + "unknown key `a0`"),
    "a bomb as a value": (config(f"{bomb()}\nrun: {{seed: *a8}}"), AT),
    "an alias that holds itself": (config("run: &x {seed: *x}"), AT),
    "an alias nobody defined": (config("run: {seed: *x}"), AT + "found undefined alias 'x'"),
    "a merge": (config("x: &x {seed: 3}\nrun: {<<: *x}"), AT + "unknown key"),
    "deep nesting": (config("[" * 5000), AT + "nested too deeply"),
    "deep mappings": (config("{a: " * 5000), AT + "nested too deeply"),
    "nothing": (config(""), AT + "the file is empty"),
    "a list": (config("- a"), AT + "the file must hold"),
    "two documents": (config("run:\n---\nrun:\n"), AT),
    "tabs": (config("run:\n\tseed: 1\n"), AT + ".*not tabs"),
    "a colon": (config("run: a: b"), AT),
    "an open bracket": (config("run: [1"), AT),
    "UTF-16": (config("run:\n".encode("utf-16")), AT + "not UTF-8"),
    "invalid UTF-8": (config(b"run:\n  seed: \xff\n"), r"config\.yaml:2:9: not UTF-8"),
    "a NUL": (config("run: \0"), AT + "the character"),
    "an unknown section": (config("pretrane: {epochs: 3}"), AT + "unknown key `pretrane`; did you mean `pretrain`"),
    "an unknown key": (config("pretrain: {epoch: 3}"), AT + "unknown key `pretrain.epoch`; did you mean `pretrain.epochs`"),
    "a key twice": (config("pretrain: {epochs: 3, epochs: 4}"), AT + "duplicate key `pretrain.epochs`"),
    "a section that is a number": (config("pretrain: 3"), AT + "`pretrain` is a section"),
    "a key that is a list": (config("? [a]\n: 1"), AT + "a key must be a word"),
    "a word for a number": (config("pretrain: {epochs: many}"), AT + "`pretrain.epochs` must be a whole number"),
    "a fraction for a whole number": (config("pretrain: {epochs: 1.5}"), AT + "`pretrain.epochs` must be a whole number"),
    "a list for a number": (config("pretrain: {epochs: [1]}"), AT + "`pretrain.epochs`"),
    "below the limit": (config("pretrain: {epochs: -1}"), AT + "`pretrain.epochs` must be >="),
    "NaN": (config("pretrain: {learning_rate: .nan}"), AT + "`pretrain.learning_rate`"),
    "infinity": (config("pretrain: {learning_rate: .inf}"), AT + "`pretrain.learning_rate`"),
    "a number beyond floats": (config("pretrain: {learning_rate: 1e999}"), AT + "`pretrain.learning_rate`"),
    "a number of 5000 digits": (config(f"pretrain: {{epochs: {'9' * 5000}}}"), AT + "`pretrain.epochs`"),
    "an objective nobody knows": (config("pretrain: {objective: simclrr}"), AT + "`pretrain.objective` must be one of"),
    "a word for a truth": (config("data: {on_bad: ignore}"), AT + "`data.on_bad` must be one of"),
    "a path of control characters": (config('data: {unlabelled: "a\\0b"}'), AT + "`data.unlabelled`"),
    "an empty path": (config("data: {unlabelled: ''}"), AT + "`data.unlabelled`"),
    "no such file": (no_file, r"config\.yaml: cannot be read"),
    "a folder": (a_folder, r"config\.yaml: cannot be read"),
    "an override without a value": (config("{}", "pretrain.epochs"), "--set pretrain.epochs"),
    "an override without a key": (config("{}", "=3"), "--set =3"),
    "an override of a section": (config("{}", "pretrain=3"), "--set pretrain=3"),
    "an override nobody knows": (config("{}", "pretrain.epohcs=3"), "--set pretrain.epohcs=3.*did you mean"),
    "an override of another type": (config("{}", "pretrain.epochs=x"), "--set pretrain.epochs=x"),
    "an override that is a tag": (config("{}", "pretrain.epochs=!!python/name:os.system"), "--set pretrain.epochs="),
    "an override with a NUL": (config("{}", "data.unlabelled=a\0b"), "data.unlabelled"),
}  # fmt: skip
