"""`keras-transfer update`."""

import dataclasses
import json
import sys
from pathlib import Path

import click

from keras_transfer.cli.refused import Refused


@click.command(short_help="Bring a project up to date with its template.")
@click.argument("directory", metavar="[DIR]", default=".")
@click.option("--template", metavar="NAME|PATH|URL", help="Where the template is now.  [default: where it was]")
@click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="Answer a question anew, or a new one.")
@click.option("--dry-run", is_flag=True, help="List what would change, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
def update(directory, template, answers, dry_run, as_json):
    """Bring the project in DIR (default: this folder) up to date with its template, of this version of the library.

    Files you have not touched are replaced, files you have edited are merged with the template's changes, files you have
    deleted stay deleted. What cannot be merged is marked in the file between <<<<<<< and >>>>>>>, is listed, and makes
    the command exit with 1. Commit your work first, so that `git diff` shows what an update did.
    """
    from keras_transfer.atomic_write import atomic_write
    from keras_transfer.cli.scaffold import draft_project
    from keras_transfer.cli.scaffold_fetch import fetched_template
    from keras_transfer.cli.scaffold_record import RECORD, load_record
    from keras_transfer.cli.scaffold_update import apply_update, plan_update
    from keras_transfer.version import __version__

    record = load_record(directory)
    notes = []
    with fetched_template(template or record.template) as source:
        chosen = _answers(source, record, answers, notes)
        settings = _settings(source, record, notes)
        draft = draft_project(source, record.name, chosen, settings)
    changes = plan_update(directory, record.files, draft.files, f"template {__version__}")
    if not dry_run:
        try:
            apply_update(directory, changes)
            # Last: an update that is cut off is done again.
            atomic_write(Path(directory) / RECORD, draft.to_json())
        except OSError as error:
            raise Refused(f"{error.filename}: {error.strerror}; run `update` again", exit_code=1) from error
    _report(changes, notes, record.version, __version__, dry_run, as_json)
    if any(change.action == "conflict" for change in changes):
        sys.exit(1)


def _answers(template, record, given, notes):
    answers = {}
    known = {question.name for question in template.questions}
    for name, value in record.answers.items():
        if name in known:
            answers[name] = value
        else:
            notes.append(f"the template asks no longer for {name}")
    for answer in given:
        name, equals, value = answer.partition("=")
        if not equals:
            raise Refused(f"--answer {answer}: expected NAME=VALUE")
        answers[name] = value
    for question in template.questions:
        if question.name not in answers:
            notes.append(
                f"new question {question.name}: took its default, {question.default} (--answer {question.name}=...)"
            )
    return {name: template.question(name).parse(value) for name, value in answers.items()}


def _settings(template, record, notes):
    from keras_transfer.project.config_reader import fields_of

    schema = template.fields()
    if schema is None:
        return record.settings
    fields, kept = fields_of(schema), []
    for setting in record.settings:
        if setting.partition("=")[0] in fields:
            kept.append(setting)
        else:
            notes.append(f"the config has no longer what --set {setting} has set")
    return kept


def _report(changes, notes, before, now, dry_run, as_json):
    if as_json:
        listed = [
            {key: value for key, value in dataclasses.asdict(item).items() if key != "contents"} for item in changes
        ]
        described = {"from": before, "to": now, "notes": notes, "changes": listed, "written": not dry_run}
        click.echo(json.dumps(described, indent=2))
        return
    for note in notes:
        click.echo(f"note: {note}", err=True)
    for change in changes:
        click.echo(f"{change.action:<9} {change.path}{f' ({change.note})' if change.note else ''}")
    if not changes:
        click.echo(f"Up to date with the template of version {now}.")
    elif dry_run:
        click.echo(f"Nothing was written: from version {before} to {now}, {len(changes)} files.")
    else:
        click.echo(f"From version {before} to {now}: {len(changes)} files.")
