import pytest
from click.testing import CliRunner

from keras_transfer.cli.main import cli
from tests.cli.trees import TINY, write_tree


@pytest.fixture
def template(tmp_path_factory):
    """A tiny template folder."""
    return write_tree(tmp_path_factory.mktemp("templates") / "tiny", TINY)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The empty folder where commands are typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def type_in(home):
    """Run `keras-transfer` in this process; every result is free of tracebacks."""

    def run(*arguments, **options):
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    return run
