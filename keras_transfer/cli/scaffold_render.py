"""From template and answers to the files of a project, in memory."""

import fnmatch
import json
import os
import traceback

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_cluster import project_cluster_files
from keras_transfer.cli.scaffold_names import check_file, shown
from keras_transfer.cli.scaffold_template import DESCRIPTION
from keras_transfer.version import __version__

_SKIPPED = {"__pycache__", ".git", ".pytest_cache", ".ruff_cache", DESCRIPTION}
_ENDING = ".jinja"


def render(template, name, answers):
    """Render a template.

    Args:
        template: The `Template`.
        name: The project's name.
        answers: From question to value, one for each question.

    Returns:
        A dict from POSIX path to a pair: contents in `bytes`, and whether the file can be executed.

    Raises:
        Refused: if the template is wrong, or a file would not stay inside the project.
    """
    context = {**answers, "project_name": name, "template_name": template.name, "library_version": __version__}
    environment = _environment()
    unused = {rule["path"] for rule in template.files}
    files = {}
    for source in _sources(template.folder):
        rules = [rule for rule in template.files if fnmatch.fnmatchcase(source, rule["path"])]
        unused -= {rule["path"] for rule in rules}
        if not all(_holds(environment, rule, context, template) for rule in rules):
            continue
        path = str(check_file(_destination(environment, source, rules, context, template)))
        if path in files:
            raise Refused(f"template {template.name}: two files would become {shown(path)}")
        full = template.folder / source
        with open(full, "rb") as file:
            contents = file.read()
        if source.endswith(_ENDING):
            contents = _rendered(environment, contents, context, f"{template.name}/{source}")
        files[path] = contents, os.access(full, os.X_OK)
    if unused:
        raise Refused(f"{template.name}/{DESCRIPTION}: a rule of `files` matches nothing: {shown(min(unused))}")
    if template.cluster:
        files |= project_cluster_files(name, answers[template.cluster], template.stages[0])
    return files


def _environment():
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    # A JSON string is one in Python and in YAML as well.
    environment.filters["quote"] = lambda value: json.dumps(str(value), ensure_ascii=False)
    return environment


def _sources(folder):
    """POSIX paths of a template's files. Links are refused: they could lead anywhere on this machine."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in (*folders, *names):
            if os.path.islink(os.path.join(parent, name)):
                raise Refused(f"template {folder.name}: holds a link, {shown(name)}")
        kept = (name for name in names if name not in _SKIPPED and not name.endswith(".pyc"))
        found += [os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/") for name in kept]
    return sorted(found)


def _holds(environment, rule, context, template):
    if "when" not in rule:
        return True
    where = f"{template.name}/{DESCRIPTION}: when {shown(rule['when'])}"
    expression = _guarded(where, lambda: environment.compile_expression(rule["when"], undefined_to_none=False))
    return _guarded(where, lambda: bool(expression(**context)))


def _destination(environment, source, rules, context, template):
    path = source.removesuffix(_ENDING)
    for rule in rules:
        if "to" in rule:
            where = f"{template.name}/{DESCRIPTION}: to {shown(rule['to'])}"
            path = _guarded(where, lambda text=rule["to"]: environment.from_string(text).render(context))
    return path


def _rendered(environment, contents, context, where):
    try:
        text = contents.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{where}: is not UTF-8") from error
    return _guarded(where, lambda: environment.from_string(text).render(context)).encode()


def _guarded(where, action):
    try:
        return action()
    except TemplateSyntaxError as error:
        raise Refused(f"{where}:{error.lineno}: {error.message}") from error
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, RecursionError) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
        raise Refused(f"{where}:{lines[-1] if lines else 1}: {' '.join(str(error).split())}") from error
