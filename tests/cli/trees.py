"""A tiny template, and whole folders as values."""

TINY = {
    "template.yaml": """
description: A tiny template.
schema: image
questions:
  objective: {prompt: Which objective, from: pretrain.objective}
  task: {prompt: Which task, from: finetune.task}
  author: {prompt: Who, default: nobody, help: Goes into the README.}
  ci: {prompt: Workflow, type: bool, default: true}
  size: {prompt: Size, type: choice, choices: [small, large], default: small}
files:
  - {path: .github/*, when: ci}
  - {path: large.py, when: size == 'large'}
  - {path: main.py.jinja, to: "{{ size }}/{{ project_name }}.py"}
stages: [pretrain.py, evaluate.py]
next: [make all, make tensorboard]
""",
    "README.md.jinja": "# {{ project_name }} by {{ author | quote }} ({{ library_version }}, {{ template_name }})\n",
    "config.yaml.jinja": (
        "# Settings\ndata:\n  labelled: null  # left out\n  test:\npretrain:\n  objective: {{ objective }}\n  epochs: 30\n"
    ),
    "main.py.jinja": "print({{ project_name | quote }})\n",
    "large.py": "LARGE = True\n",
    ".gitignore": "runs/\n",
    ".github/workflows/ci.yml": "os: ${{ matrix.os }}\n",
    "pretrain.py": "print('pretraining')\n",
    "evaluate.py": "print('evaluating')\n",
    "__pycache__/pretrain.cpython-311.pyc": "compiled",
    "stray.pyc": "compiled",
}


def write_tree(folder, files):
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def read_tree(folder):
    """Every file with its contents, and every folder and link, so that two trees can be compared."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else path.is_symlink()
        for path in folder.rglob("*")
    }
