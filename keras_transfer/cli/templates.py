"""`keras-transfer templates`."""

import dataclasses
import json

import click


@click.command(short_help="List the templates, their questions and choices.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def templates(as_json):
    """List the templates that come with the library, their questions and choices.

    A choice marked with * is the default. A folder of your own, or a git repository, is a template too, if it has a
    template.yaml: `keras-transfer new DIR --template PATH|URL`.
    """
    from keras_transfer.cli.scaffold_template import load_template, template_names

    loaded = [load_template(name) for name in template_names()]
    if as_json:
        click.echo(json.dumps([_described(template) for template in loaded], indent=2))
        return
    for template in loaded:
        click.echo(f"{template.name}: {template.description}")
        for question in template.questions:
            click.echo(f"  {question.name}: {question.prompt}")
            for choice, text in question.choices.items():
                click.echo(f"    {'*' if choice == question.default else ' '} {choice:<16} {text}".rstrip())
            if not question.choices:
                click.echo(f"    {question.type}, by default {question.default!r}")


def _described(template):
    questions = [dataclasses.asdict(question) for question in template.questions]
    return {"name": template.name, "description": template.description, "questions": questions}
