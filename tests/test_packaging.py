"""The sdist and the wheel made from it, installed where the checkout cannot be seen."""

import os
import pathlib
import subprocess
import sys
import sysconfig
import venv

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


def run(*command, cwd):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Python of a clean environment that holds the wheel; the dependencies are borrowed from this one by path."""
    folder = tmp_path_factory.mktemp("packaging")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    assert len(list((folder / "dist").glob("*.tar.gz"))) == 1
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # A plain path: files ending in .pth are not read there, so this checkout's editable install stays out of sight.
    (pathlib.Path(site) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.mark.slow
def test_wheel_carries_every_template_file(installed, tmp_path):
    where = run(installed, "-c", "import keras_transfer.templates as t; print(t.__path__[0])", cwd=tmp_path).strip()
    assert str(ROOT) not in where
    shipped = {str(path.relative_to(where)) for path in pathlib.Path(where).rglob("*") if path.is_file()}
    shipped = {name for name in shipped if "__pycache__" not in name}
    tracked = run("git", "ls-files", "templates", cwd=ROOT).split()
    assert shipped == {name.removeprefix("templates/") for name in tracked}


@pytest.mark.slow
def test_wheel_makes_a_project(installed, tmp_path):
    command = installed.parent / "keras-transfer"
    run(command, "new", "first", "--template", "image", "--yes", cwd=tmp_path)
    assert (tmp_path / "first" / "config.yaml").is_file()
    # The report's page is package data, too.
    run(installed, "-c", "from keras_transfer.evaluation.write_report import _page; _page()", cwd=tmp_path)
