"""What is typed: names, answers, templates, data to audit."""

from tests.cli.test_hostile_names import ANSWERS, NAMES
from tests.cli.test_hostile_templates import BASE
from tests.cli.trees import TINY, write_tree
from tests.hostile.judge import typed


def named(name):
    def prepare(folder):
        write_tree(folder / "template", TINY)
        write_tree(folder / "work", {"keep": "x"})
        return typed(folder / "work", "new", "--template", folder / "template", "--", name)

    return prepare


def answered(answer):
    def prepare(folder):
        write_tree(folder / "template", TINY)
        return typed(folder, "new", "app", "--template", folder / "template", "--answer", f"author={answer}")

    return prepare


def template(files):
    def prepare(folder):
        write_tree(folder / "hostile", {**BASE, **files})
        return typed(folder, "new", "app", "--template", "./hostile")

    return prepare


def command(*arguments, **files):
    def prepare(folder):
        write_tree(folder, files)
        return typed(folder, *arguments)

    return prepare


TEMPLATES = {
    "a template that reads a file": ({"a.jinja": "{% include '/etc/passwd' %}"}, r"hostile/a\.jinja"),
    "a template that imports": ({"a.jinja": "{% import 'os' as os %}"}, r"hostile/a\.jinja"),
    "a template that climbs to Python": (
        {"a.jinja": "{{ cycler.__init__.__globals__.os.system('touch x') }}"}, r"hostile/a\.jinja.* is unsafe"),
    "a template that never ends": ({"a.jinja": "{{ range(10**9)|list }}"}, r"hostile/a\.jinja.*Range too big"),
    "a template of bytes": ({"a.jinja": b"\xff"}, r"hostile/a\.jinja: is not UTF-8"),
    "a template with tasks": ({"template.yaml": "tasks: [touch x]\n"}, r"hostile/template\.yaml: unknown key 'tasks'"),
    "a template with a tag": (
        {"template.yaml": "description: !!python/object/apply:os.system ['touch x']\n"}, r"template\.yaml:1:14"),
}  # fmt: skip
COMMANDS = {
    "audit: nothing there": (command("audit", "nowhere"), "nowhere"),
    "audit: twice": (command("audit", "a", "--test", "b"), "Name the data once"),
    "audit: nothing named": (command("audit"), "Name the data once"),
    "audit: no data": (command("audit", "x.docx", **{"x.docx": "x"}), r"x\.docx is neither"),
    "audit: bytes for a table": (command("audit", "x.csv", **{"x.csv": b"\xff"}), r"x\.csv is not UTF-8"),
    "audit: no archive": (command("audit", "x.npz", **{"x.npz": b"PK"}), r"x\.npz cannot be read as an \.npz"),
    "audit: a kind nobody knows": (command("audit", "x", "--kind", "songs"), "--kind"),
    "launch: no worker": (command("launch", "--workers", "0", "--", "true"), "--workers"),
    "launch: no command": (command("launch", "--workers", "1"), "COMMAND"),
    "launch: a command that is not there": (command("launch", "--workers", "1", "--", "./nowhere"), "nowhere"),
    "new: no template": (command("new", "app", "--template", "./nowhere"), "nowhere"),
    "new: an archive for a template": (command("new", "app", "--template", "x.zip", **{"x.zip": b"PK"}), r"x\.zip"),
    "an unknown command": (command("pretrane"), "pretrane"),
    "an unknown option": (command("new", "app", "--tempalte", "x"), "--tempalte"),
}
CASES = {
    **{f"name {name!a}"[:60]: (named(name), r"^\S|Error") for name in NAMES},
    **{f"answer {answer!a}"[:60]: (answered(answer), "author") for answer in ANSWERS},
    **{name: (template(files), says) for name, (files, says) in TEMPLATES.items()},
    **COMMANDS,
}
