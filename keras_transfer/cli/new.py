"""`keras-transfer new`."""

import json
import shlex
import sys
from pathlib import Path

import click

from keras_transfer.cli.refused import Refused


def _complete_template(ctx, param, incomplete):
    from keras_transfer.cli.scaffold_template import template_names

    return [name for name in template_names() if name.startswith(incomplete)]


def _complete_answer(ctx, param, incomplete):
    from keras_transfer.cli.scaffold_template import load_template

    try:
        question = load_template(ctx.params.get("template") or "image").question(param.name)
    except Refused:
        return []
    return [choice for choice in question.choices if choice.startswith(incomplete)]


class _Folder(click.Path):
    """Completes folders; what is wrong with one is for `check_target` to say."""

    def convert(self, value, param, ctx):
        return value


@click.command(short_help="Make a project from a template.")
@click.argument("directory", metavar="DIR", type=_Folder(file_okay=False))
@click.option(
    "--template",
    metavar="NAME|PATH|URL",
    shell_complete=_complete_template,
    help="One of `keras-transfer templates`, a folder of your own, or a git repository.  [default: image]",
)
@click.option("--objective", metavar="NAME", shell_complete=_complete_answer, help="What the encoder learns from.")
@click.option("--task", metavar="NAME", shell_complete=_complete_answer, help="What the labels are.")
@click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="Answer any question of the template.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of config.yaml, such as pretrain.epochs=3."
)
@click.option("--name", metavar="NAME", help="Name of the project.  [default: the last part of DIR]")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: what no option answers takes its default.")
@click.option("--dry-run", is_flag=True, help="List the files, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def new(directory, template, objective, task, answers, settings, name, yes, dry_run, as_json):
    """Make a project in DIR, a new or empty folder.

    On a terminal the template's questions are asked, unless --yes is given; anywhere else they never are.

    \b
    keras-transfer new flowers
    keras-transfer new flowers --yes --set data.unlabelled=photos --set data.labelled=flowers.csv
    """
    from keras_transfer.cli.scaffold import draft_project
    from keras_transfer.cli.scaffold_fetch import fetched_template
    from keras_transfer.cli.scaffold_names import check_name, check_target
    from keras_transfer.cli.scaffold_place import place
    from keras_transfer.cli.scaffold_settings import absolute_inputs

    target = check_target(directory)
    name = target.name if name is None else name
    check_name(name)
    asks = not yes and not as_json and is_terminal()
    given = _given(answers, objective=objective, task=task)
    with fetched_template(template or _ask_template(asks)) as source:
        chosen = {key: source.question(key).parse(value) for key, value in given.items()}
        if asks:
            chosen |= {item.name: _ask(item) for item in source.questions if item.name not in chosen}
        schema = source.fields()
        settings, notes = absolute_inputs(settings, schema) if schema else (settings, [])
        record = draft_project(source, name, chosen, settings)
    files = sorted(record.all_files())
    if not dry_run:
        place(record.all_files(), target)
    for note in notes:
        click.echo(f"note: {note}", err=True)
    _report(directory, target, record, files, source.next, dry_run, as_json)


def is_terminal():
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _given(answers, **options):
    given = {key: value for key, value in options.items() if value is not None}
    for answer in answers:
        key, equals, value = answer.partition("=")
        if not equals:
            raise Refused(f"--answer {answer}: expected NAME=VALUE")
        if key in given and given[key] != value:
            raise Refused(f"--answer {answer}: the question {key} was answered already, with {given[key]}")
        given[key] = value
    return given


def _ask_template(asks):
    from keras_transfer.cli.scaffold_question import Question
    from keras_transfer.cli.scaffold_template import load_template, template_names

    names = template_names()
    if not asks or len(names) < 2:
        return "image"
    choices = {name: load_template(name).description for name in names}
    return _ask(
        Question("template", "Which kind of data?", "choice", choices, "image" if "image" in names else names[0])
    )


def _ask(question):
    for choice, text in question.choices.items():
        click.echo(f"  {choice:<16} {text}")
    if question.help:
        click.echo(f"  {question.help}")
    default = {True: "yes", False: "no"}.get(question.default, question.default)

    def parse(text):
        try:
            return question.parse(text)
        except Refused as error:
            raise click.UsageError(error.message) from error

    return click.prompt(question.prompt, default=default, value_proc=parse)


def _report(directory, target, record, files, following, dry_run, as_json):
    commands = [f"cd {shlex.quote(directory)}", *following]
    if as_json:
        described = {"path": str(target), "name": record.name, "template": record.template, "answers": record.answers}
        click.echo(json.dumps({**described, "files": files, "next": commands, "written": not dry_run}, indent=2))
        return
    if dry_run:
        click.echo("\n".join(str(Path(directory) / path) for path in files))
        click.echo(f"{len(files)} files would be written.")
        return
    click.echo(f"Made {directory} from the template {record.template} ({len(files)} files). Next:")
    for command in commands[:3]:
        click.echo(f"  {command}")
