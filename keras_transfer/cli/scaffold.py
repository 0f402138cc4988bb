"""From a template and answers to a project."""

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_record import Record
from keras_transfer.cli.scaffold_render import render
from keras_transfer.cli.scaffold_settings import apply_settings


def draft_project(template, name, answers=None, settings=()):
    """Render a project in memory; nothing is written (`scaffold_place.place` does, given `record.all_files()`).

    Args:
        template: The `Template`.
        name: The project's name.
        answers: From question to value; what is left out takes its default.
        settings: Texts `key.sub=value` for the project's config.

    Returns:
        A `Record`, which holds the files.

    Raises:
        Refused: if a setting is wrong, or the template is.
    """
    answers = {question.name: question.default for question in template.questions} | dict(answers or {})
    files = render(template, name, answers)
    schema = template.fields()
    if settings and template.config not in files:
        raise Refused(f"--set: the template {template.name} has no {template.config}")
    if template.config in files and (settings or schema is not None):
        contents, executable = files[template.config]
        changed = apply_settings(contents.decode(), settings, schema, template.config)
        files[template.config] = changed.encode(), executable
    return Record(name, template.source, answers, tuple(settings), files)
