"""Templates: where they are, and what `template.yaml` says of them."""

import dataclasses
import importlib.resources
import re
from pathlib import Path

import yaml

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_names import did_you_mean, shown
from keras_transfer.cli.scaffold_question import TYPES, Question

DESCRIPTION = "template.yaml"
_KEYS = ("description", "schema", "config", "questions", "files", "stages", "next", "cluster")
_QUESTION_KEYS = ("prompt", "type", "choices", "default", "help", "pattern", "from")
_RULE_KEYS = ("path", "when", "to")
_URL = re.compile(r"(https?|ssh|git|file)://|[\w.-]+@[\w.-]+:")
RESERVED = ("project_name", "template_name", "library_version")


@dataclasses.dataclass(frozen=True)
class Template:
    """A folder that becomes a project. Its `template.yaml`:

        description: Pretrain on pictures, fine-tune on few labels.
        schema: image                 # checks --set; a name that `project.schema_named` knows. Optional.
        config: config.yaml           # the file that --set changes
        questions:
          objective:
            prompt: What should the encoder learn from?
            from: pretrain.objective  # choices, default and help of that field of the schema
          ci:
            prompt: Add a workflow for GitHub?
            type: bool                # choice, str, int, float or bool
            default: true
        files:                        # only those that depend on answers
          - path: .github/*           # matches as in a shell; `*` crosses folders
            when: ci                  # a Jinja expression of answers
          - path: settings.py.jinja
            to: "{{ project_name }}.py"
        stages: [pretrain.py, finetune.py]      # what the demo runs, in this order
        next: [make pretrain, make all]         # printed after `cd DIR`
        cluster: hosts                # a question; answered with 4, or 4x8 (GPUs each), files for so many hosts are added

    Files that end in `.jinja` are rendered, and lose that ending; others are copied as they are. Answers are variables,
    beside `project_name`, `template_name` and `library_version`; `{{ answer | quote }}` is a string literal.

    Args:
        name: Its folder's name.
        source: What `--template` was given, for the record.
        folder: Where its files are.
        description: One sentence.
        schema: Name of the config's schema, or `None`.
        config: Name of the config file.
        questions: The `Question`s, in order.
        files: Rules for files that depend on answers.
        stages: Scripts the demo runs.
        next: Commands to print.
        cluster: Name of the question how many hosts train together, or `None`.
    """

    name: str
    source: str
    folder: Path
    description: str
    schema: str | None
    config: str
    questions: tuple
    files: tuple
    stages: tuple
    next: tuple
    cluster: str | None = None

    def question(self, name):
        """A question by name.

        Raises:
            Refused: if there is none.
        """
        for question in self.questions:
            if question.name == name:
                return question
        known = [question.name for question in self.questions]
        raise Refused(f"the template {self.name} has no question {shown(name)}{did_you_mean(name, known)}")

    def fields(self):
        """The config's schema as nested fields, or `None`."""
        return _schema(self.schema, f"{self.name}/{DESCRIPTION}") if self.schema else None


def templates_root():
    """The folder of the templates that come with the library: in the wheel, or beside the package in a checkout."""
    try:
        return Path(str(importlib.resources.files("keras_transfer.templates")))
    except ModuleNotFoundError:
        return Path(__file__).resolve().parents[2] / "templates"


def template_names():
    """Names of the templates that come with the library."""
    root = templates_root()
    return sorted(path.parent.name for path in root.glob(f"*/{DESCRIPTION}")) if root.is_dir() else []


def is_url(source):
    """Whether a `--template` is something for `git clone`."""
    return bool(_URL.match(source))


def load_template(source, folder=None):
    """Read the description of a template.

    Args:
        source: A name from `template_names`, or the path of a folder.
        folder: Where the files are, if `source` does not say it (a cloned URL).

    Raises:
        Refused: if there is no such template, or its description is wrong.
    """
    shipped = folder is None and source in template_names()
    folder = Path(folder or (templates_root() / source if shipped else Path(source).expanduser())).resolve()
    path = folder / DESCRIPTION
    if not path.is_file():
        raise Refused(
            f"no template {shown(source)}{did_you_mean(source, template_names())}, or a folder with {DESCRIPTION}"
        )
    name = path.parent.name if not is_url(source) else re.sub(r"\.git/?$|/$", "", source).rpartition("/")[2]
    where = f"{name}/{DESCRIPTION}"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Refused(f"{where}:{mark.line + 1}:{mark.column + 1}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"{where}: {' '.join(str(error).split())}") from error
    _check_keys(data, _KEYS, where)
    cluster, asked = data.get("cluster"), data.get("questions") or {}
    if cluster is not None and (cluster not in asked or not data.get("stages")):
        raise Refused(
            f"{where}: `cluster` must name a question, and `stages` what is run. Received: {shown(str(cluster))}"
        )
    return Template(
        name=name,
        source=source if shipped or is_url(source) else str(folder),
        folder=folder,
        description=str(data.get("description", "")),
        schema=data.get("schema"),
        config=str(data.get("config", "config.yaml")),
        questions=_questions(data, where),
        files=_rules(data, where),
        stages=_texts(data, "stages", where),
        next=_texts(data, "next", where),
        cluster=cluster,
    )


def _questions(data, where):
    described = data.get("questions") or {}
    if not isinstance(described, dict):
        raise Refused(f"{where}: `questions` must hold a section for each question")
    return tuple(_question(str(name), item, data, where) for name, item in described.items())


def _question(name, item, data, where):
    where = f"{where}: question {shown(name)}"
    if not name.isidentifier() or name in RESERVED:
        raise Refused(f"{where}: not a name for a variable")
    _check_keys(item, _QUESTION_KEYS, where)
    item = {**_from_field(item, data, where), **{key: value for key, value in item.items() if key != "from"}}
    choices = item.get("choices") or {}
    if isinstance(choices, list):
        choices = dict.fromkeys(map(str, choices), "")
    if not isinstance(choices, dict):
        raise Refused(f"{where}: `choices` must be a list, or a section from value to explanation")
    item["choices"] = {str(value): str(text or "") for value, text in choices.items()}
    item["type"] = item.get("type", "choice" if choices else "str")
    if item["type"] not in TYPES:
        raise Refused(f"{where}: unknown type {shown(str(item['type']))}{did_you_mean(item['type'], TYPES)}")
    if item["type"] != "str" and "default" not in item:
        raise Refused(f"{where}: needs a `default`, for where nobody is asked")
    question = Question(**{"prompt": name, **item, "name": name})
    return dataclasses.replace(question, default=question.parse(question.default))


def _from_field(item, data, where):
    if "from" not in item:
        return {}
    from keras_transfer.project.config_reader import fields_of

    fields = fields_of(_schema(data.get("schema"), where))
    if item["from"] not in fields:
        raise Refused(f"{where}: `from` names no field of the schema: {shown(str(item['from']))}")
    field = fields[item["from"]]
    kind = "choice" if field.choices else field.type.__name__
    return {"type": kind, "choices": dict(field.choices), "default": field.default, "help": field.help}


def _schema(name, where):
    from keras_transfer.project import schema_named

    try:
        return schema_named(name)
    except ValueError as error:
        raise Refused(f"{where}: {error}") from error


def _rules(data, where):
    rules = data.get("files") or []
    if not isinstance(rules, list):
        raise Refused(f"{where}: `files` must be a list of rules")
    for rule in rules:
        _check_keys(rule, _RULE_KEYS, f"{where}: a rule of `files`")
        if "path" not in rule:
            raise Refused(f"{where}: a rule of `files` has no `path`")
    return tuple({key: str(value) for key, value in rule.items()} for rule in rules)


def _texts(data, key, where):
    texts = data.get(key) or []
    if not isinstance(texts, list):
        raise Refused(f"{where}: `{key}` must be a list")
    return tuple(map(str, texts))


def _check_keys(data, known, where):
    if not isinstance(data, dict):
        raise Refused(f"{where}: must hold `key: value` lines")
    unknown = next((key for key in data if key not in known), None)
    if unknown is not None:
        raise Refused(f"{where}: unknown key {shown(str(unknown))}{did_you_mean(unknown, known)}")
