"""Templates from git."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_template import is_url, load_template


@contextlib.contextmanager
def fetched_template(source):
    """A `Template` from a name, a folder or a git URL; a clone is gone afterwards.

    Only files are taken from a repository: no hook, filter, submodule or task of it runs.

    Raises:
        Refused: if there is no such template, or it cannot be fetched.
    """
    if not is_url(source):
        yield load_template(source)
        return
    folder = tempfile.mkdtemp(prefix="keras-transfer-")
    try:
        _clone(source, os.path.join(folder, "template"))
        yield load_template(without_password(source), Path(folder) / "template")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def without_password(url):
    """A URL that may be written into a project: no password or token in it."""
    return re.sub(r"^(https?://)[^/@]*@|(?<=://)([^/@:]*):[^/@]*(?=@)", r"\1\2", url)


def _clone(url, folder):
    command = [
        "git",
        "-c",
        "core.hooksPath=/dev/null",
        "clone",
        "--quiet",
        "--depth",
        "1",
        "--template=",
        "--",
        url,
        folder,
    ]
    asks = "1" if sys.stdin.isatty() else "0"
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": asks, "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file"}
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Refused("a template from a URL needs git, which is not installed", exit_code=1) from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Refused(
            f"git clone {without_password(url)}: {last.replace(url, without_password(url))}", exit_code=1
        ) from error
