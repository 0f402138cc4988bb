"""Templates of strangers: nothing of them runs, nothing leaves the project, errors name file and line."""

import pytest

from tests.cli.trees import read_tree, write_tree

BASE = {"template.yaml": "description: x\nquestions:\n  who: {prompt: w, default: me}\n"}


def rule(text):
    return {"template.yaml": f"{BASE['template.yaml']}files:\n  - {text}\n", "a.txt": "a"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a.jinja": "1\n{{ missing }}\n"}, "hostile/a.jinja:2: 'missing' is undefined"),
        ({"a.jinja": "1\n{% if %}\n"}, "hostile/a.jinja:2: Expected an expression, got 'end of statement block'"),
        ({"a.jinja": "{{ ''.__class__.__mro__ }}"}, "access to attribute '__class__' of 'str' object is unsafe."),
        ({"a.jinja": "{{ who.__init__.__globals__ }}"}, "is unsafe"),
        ({"a.jinja": "{{ cycler.__init__.__globals__.os.system('touch x') }}"}, "is unsafe"),
        ({"a.jinja": "{{ 'a%s'|attr('__class__') }}"}, "is unsafe"),
        ({"a.jinja": "{{ '{0.__class__}'.format(1) }}"}, "is unsafe"),
        ({"a.jinja": "{% include '/etc/passwd' %}"}, "no loader for this environment"),
        ({"a.jinja": "{% import 'os' as os %}"}, "no loader for this environment"),
        ({"a.jinja": "{{ range(10**9)|list }}"}, "Range too big"),
        ({"a.jinja": "{{ 1/0 }}"}, "hostile/a.jinja:1: division by zero"),
        ({"a.jinja": b"\xff"}, "hostile/a.jinja: is not UTF-8"),
        (rule("{path: a.txt, to: ../../a.txt}"), "would not stay inside the project"),
        (rule("{path: a.txt, to: /tmp/a.txt}"), "would not stay inside the project"),
        (rule("{path: a.txt, to: 'x/{{ \"..\" }}/../a'}"), "would not stay inside the project"),
        (rule("{path: a.txt, to: 'con.txt'}"), "would not stay inside the project"),
        (rule("{path: a.txt, to: '{{ missing }}'}"), "'missing' is undefined"),
        (rule("{path: a.txt, when: 'missing'}"), "'missing' is undefined"),
        (rule("{path: a.txt, when: 'who.__class__'}"), "is unsafe"),
        (rule("{path: a.txt, when: '1 +'}"), "template.yaml: when '1 +':1:"),
        (rule("{path: b.txt, when: 'who'}"), "a rule of `files` matches nothing: 'b.txt'"),
        (rule("{path: a.txt, run: 'rm'}"), "unknown key 'run'"),
        (rule("{when: 'who'}"), "a rule of `files` has no `path`"),
        ({"a.jinja": "1", "a": "2"}, "two files would become 'a'"),
        ({"template.yaml": "tasks: [touch x]\n"}, "hostile/template.yaml: unknown key 'tasks'"),
        (
            {"template.yaml": "description: !!python/object/apply:os.system ['touch x']\n"},
            "template.yaml:1:14: could not",
        ),
        ({"template.yaml": "a: b: c\n"}, "hostile/template.yaml:1:5: mapping values are not allowed here"),
        ({"template.yaml": "- a\n"}, "must hold `key: value` lines"),
        ({"template.yaml": b"\xff"}, "hostile/template.yaml: 'utf-8' codec"),
        ({"template.yaml": "schema: sound\n", "config.yaml": "{}"}, "`schema` must be one of image"),
        ({"template.yaml": "questions: {project_name: {prompt: x}}\n"}, "not a name for a variable"),
        ({"template.yaml": "questions: {'a b': {prompt: x}}\n"}, "not a name for a variable"),
        ({"template.yaml": "questions: {a: {prompt: x, type: enum}}\n"}, "unknown type 'enum'"),
        ({"template.yaml": "questions: {a: {prompt: x, choices: [b, c]}}\n"}, "needs a `default`"),
        ({"template.yaml": "questions: {a: {prompt: x, choices: [b, c], default: d}}\n"}, "'d' is not a choice"),
        ({"template.yaml": "questions: {a: {prompt: x, choices: 3, default: d}}\n"}, "`choices` must be a list"),
        (
            {"template.yaml": "schema: image\nquestions: {a: {from: pretrain.zzz}}\n"},
            "`from` names no field of the schema",
        ),
        ({"template.yaml": "questions: [a]\n"}, "`questions` must hold a section"),
        ({"template.yaml": "next: make\n"}, "`next` must be a list"),
        ({"template.yaml": "files: x\n"}, "`files` must be a list"),
    ],
)
def test_refused_in_one_line_with_nothing_written(type_in, home, files, reason):
    write_tree(home / "hostile", {**BASE, **files})
    before = read_tree(home)
    result = type_in("new", "app", "--template", "./hostile")
    assert result.exit_code == 2, result.output
    assert reason in result.output
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    assert read_tree(home) == before


def test_links_are_refused(type_in, home):
    for target, name in (("/etc/passwd", "file"), ("/etc", "folder"), ("nowhere", "dangling")):
        folder = write_tree(home / f"with-{name}", BASE)
        (folder / "inner").mkdir()
        (folder / "inner" / name).symlink_to(target)
        result = type_in("new", "app", "--template", folder)
        assert result.exit_code == 2
        assert f"holds a link, '{name}'" in result.output
        assert not (home / "app").exists()


def test_an_answer_is_never_rendered_again(type_in, home):
    """A template may let an answer hold anything; it still is text, not template."""
    description = "questions:\n  who: {prompt: w, default: me, pattern: '(?s).*'}\n"
    write_tree(home / "open", {"template.yaml": description, "a.jinja": "{{ who }}\n{{ who | quote }}\n"})
    result = type_in("new", "app", "--template", "./open", "--answer", 'who={{7*7}}"\n')
    assert result.exit_code == 0, result.output
    assert (home / "app" / "a").read_text() == '{{7*7}}"\n\n"{{7*7}}\\"\\n"\n'
