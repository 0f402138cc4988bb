"""The files for several hosts that `keras-transfer new` makes from one answer."""

import subprocess

import pytest
import yaml

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_cluster import project_cluster_files
from tests.cli.kubernetes_schema import SCHEMAS, problems


@pytest.mark.parametrize("template", ["image", "image-text", "text"])
def test_every_template_makes_them(type_in, home, template):
    result = type_in("new", "My_Flowers", "--template", template, "--yes", "--answer", "hosts=4x8")
    assert result.exit_code == 0, result.output
    folder = home / "My_Flowers" / "cluster"
    assert {path.name for path in folder.iterdir()} == {"worker.sh", "slurm.sh", "kubernetes.yaml", "kubeflow.yaml"}
    readme = (home / "My_Flowers" / "README.md").read_text()
    for script in folder.glob("*.sh"):
        subprocess.run(["bash", "-n", script], check=True)
        assert "python pretrain.py --resume" in script.read_text()
    for manifest in folder.glob("*.yaml"):
        for document in yaml.safe_load_all(manifest.read_text()):
            assert problems(document, SCHEMAS[document["apiVersion"], document["kind"]]) == []
            assert document["metadata"]["name"] == "my-flowers"
        assert "run.dir=/runs" in manifest.read_text()
    assert "#SBATCH --nodes=4\n" in (folder / "slurm.sh").read_text()
    assert "#SBATCH --gpus-per-node=8\n" in (folder / "slurm.sh").read_text()
    for file in folder.iterdir():
        assert f"cluster/{file.name}" in readme


def test_one_host_needs_none(type_in, home):
    assert type_in("new", "one", "--yes").exit_code == 0
    assert not (home / "one" / "cluster").exists()
    assert "keras-transfer cluster" in (home / "one" / "README.md").read_text()


@pytest.mark.parametrize("answer", ["0", "4x", "many", "4x8; rm", "-1"])
def test_other_answers_are_refused(type_in, home, answer):
    result = type_in("new", "p", "--yes", "--answer", f"hosts={answer}")
    assert result.exit_code == 2 and "hosts" in result.output
    assert not (home / "p").exists()
    with pytest.raises(Refused, match="expected hosts"):
        project_cluster_files("p", answer, "pretrain.py")


@pytest.mark.parametrize("name", ["p", "9lives", "Über_Flowers", "x" * 80])
def test_names_become_labels(name):
    files = project_cluster_files(name, "2", "pretrain.py")
    assert len(files) == 4
