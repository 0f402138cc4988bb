"""Files for several hosts: read as those will read them who run them."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from keras_transfer import distribution
from keras_transfer.cli.cluster_files import cluster_files
from keras_transfer.distribution.cluster import read_cluster
from tests.cli.kubernetes_schema import SCHEMAS, problems

COMMAND = ["python", "pretrain.py", "--set", 'run.name=it\'s a $HOME $(WORKER) `x` "y"']


def files(**options):
    return cluster_files(**{"name": "pretrain", "command": COMMAND, "workers": 3, **options})


def documents(text):
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def expand(text, values):
    """As Kubernetes does: $(NAME) for names it knows, $$(NAME) for the text itself."""
    for name, value in values.items():
        text = text.replace(f"$$({name})", "\0").replace(f"$({name})", value).replace("\0", f"$({name})")
    return text


@pytest.mark.parametrize("gpus", [0, 8])
@pytest.mark.parametrize("workers", [1, 3, 12])
def test_manifests_have_only_fields_that_exist(gpus, workers):
    rendered = files(gpus=gpus, workers=workers)
    for file in ("kubernetes.yaml", "kubeflow.yaml"):
        for document in documents(rendered[file]).values():
            schema = SCHEMAS[document["apiVersion"], document["kind"]]
            assert problems(document, schema) == []


def test_the_check_of_manifests_finds_mistakes():
    job = documents(files()["kubernetes.yaml"])["Job"]
    job["spec"]["completion"] = job["spec"].pop("completions")
    job["spec"]["backoffLimit"] = "3"
    del job["spec"]["template"]["spec"]["containers"][0]["image"]
    job["spec"]["template"]["spec"]["restartPolicy"] = "ExitCode"
    found = problems(job, SCHEMAS["batch/v1", "Job"])
    fields = {line.partition(":")[0].rpartition(".")[2] for line in found}
    assert fields == {"completion", "backoffLimit", "image", "restartPolicy"}
    assert len(found) == 4


def test_a_pod_of_the_job_is_a_worker(monkeypatch):
    found = documents(files(workers=12, gpus=2)["kubernetes.yaml"])
    service, job = found["Service"], found["Job"]["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert job["completions"] == job["parallelism"] == 12
    assert job["completionMode"] == "Indexed"
    assert pod["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == {"job-name": found["Job"]["metadata"]["name"]}
    assert [variable["name"] for variable in container["env"]] == ["WORKER", "TF_CONFIG"]  # in the order of expansion
    port = container["ports"][0]["containerPort"]
    for index in (0, 11):
        monkeypatch.setenv("TF_CONFIG", expand(container["env"][1]["value"], {"WORKER": str(index)}))
        cluster = read_cluster()
        assert (len(cluster.addresses), cluster.task_index, cluster.chief) == (12, index, index == 0)
        # Indexed Jobs name their pods' hosts JOB-INDEX.
        assert cluster.addresses[index] == f"pretrain-{index}.{pod['subdomain']}:{port}"
    assert distribution.explain()[0] == "multi_worker"
    assert container["resources"]["limits"] == {"nvidia.com/gpu": 2}
    assert [expand(part, {"WORKER": "11"}) for part in container["command"]] == COMMAND


def test_kubeflow(monkeypatch):
    job = documents(files(gpus=1, max_restarts=2)["kubeflow.yaml"])["TFJob"]["spec"]
    worker = job["tfReplicaSpecs"]["Worker"]
    (container,) = worker["template"]["spec"]["containers"]
    assert worker["replicas"] == 3
    assert job["runPolicy"]["backoffLimit"] == 6
    assert container["name"] == "tensorflow"  # or the operator takes the pod for broken
    assert container["ports"] == [{"name": "tfjob-port", "containerPort": 2222}]
    # What Kubeflow's operator sets.
    hosts = [f"pretrain-worker-{index}.default.svc:2222" for index in range(3)]
    task = {"type": "worker", "index": 2}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": hosts}, "task": task, "environment": "cloud"}))
    assert distribution.explain()[1] == "TF_CONFIG names 3 workers, of which this is worker 2."


@pytest.mark.parametrize("file", ["worker.sh", "slurm.sh"])
@pytest.mark.parametrize("gpus", [0, 4])
def test_scripts_parse(file, gpus):
    subprocess.run(["bash", "-n"], input=files(gpus=gpus)[file], text=True, check=True)


def run_script(folder, text, tools=None, **environment):
    for name, code in (tools or {}).items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{code}")
        (folder / name).chmod(0o755)
    (folder / "script.sh").write_text(text)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HERE": str(folder), **environment}
    return subprocess.run(["bash", folder / "script.sh"], env=environment, capture_output=True, text=True, check=False)


def test_the_shell_script_sets_tf_config_and_runs_the_command(monkeypatch, tmp_path):
    code = "import os, sys; print(os.environ['TF_CONFIG']); print(sys.argv[1:])"
    text = files(command=[sys.executable, "-c", code, *COMMAND])["worker.sh"]
    done = run_script(tmp_path, text, HOSTS="a b.example c", WORKER="1", PORT="777")
    assert done.returncode == 0, done.stderr
    config, arguments = done.stdout.splitlines()
    monkeypatch.setenv("TF_CONFIG", config)
    cluster = read_cluster()
    assert cluster.addresses == ("a:777", "b.example:777", "c:777")
    assert cluster.task_index == 1
    assert arguments == repr(COMMAND)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"HOSTS": "a b", "WORKER": "0"}, "HOSTS must name 3 hosts. Received: a b"),
        ({"HOSTS": "a b c", "WORKER": "3"}, "from 0 to 2. Received: 3"),
        ({"HOSTS": "a b c", "WORKER": "x"}, "from 0 to 2. Received: x"),
        ({"WORKER": "0"}, "list the 3 hosts in HOSTS"),
        ({"HOSTS": "a b c"}, "set WORKER"),
    ],
)
def test_the_shell_script_says_what_is_missing(tmp_path, environment, message):
    done = run_script(tmp_path, files()["worker.sh"], **environment)
    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.parametrize(
    ("codes", "expected", "requeued"),
    [([0], 0, False), ([1, 0], 0, False), ([1, 75], 0, True), ([3, 3, 3], 3, False), ([75], 0, True)],
)
def test_the_slurm_script_starts_again_and_queues_again(tmp_path, codes, expected, requeued):
    (tmp_path / "codes").write_text("".join(f"{code}\n" for code in codes))
    srun = 'echo "$@" >> $HERE/srun.calls; code=$(head -1 $HERE/codes); sed -i 1d $HERE/codes; exit $code\n'
    tools = {"srun": srun, "scontrol": 'echo "$@" > $HERE/scontrol.calls\n'}
    done = run_script(tmp_path, files(max_restarts=2)["slurm.sh"], tools, SLURM_JOB_ID="42", TF_CONFIG="{")
    assert done.returncode == expected, done.stderr
    calls = (tmp_path / "srun.calls").read_text().splitlines()
    assert len(calls) == len(codes)
    assert calls[0] == " ".join(["--kill-on-bad-exit=1", "--label", *COMMAND])
    assert (tmp_path / "scontrol.calls").exists() == requeued
    if requeued:
        assert (tmp_path / "scontrol.calls").read_text() == "requeue 42\n"


def test_slurm_directives():
    lines = [line for line in files(gpus=4)["slurm.sh"].splitlines() if line.startswith("#SBATCH")]
    assert {"#SBATCH --nodes=3", "#SBATCH --ntasks-per-node=1", "#SBATCH --gpus-per-node=4"} <= set(lines)
    # SLURM reads directives up to the first command.
    text = files(gpus=4)["slurm.sh"]
    assert text.rindex("#SBATCH") < text.index("\nset ")
    assert "gpus" not in files()["slurm.sh"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Pre train"}, "lower-case"),
        ({"name": "a" * 51}, "at most 50"),
        ({"name": "a\nb"}, "lower-case"),
        ({"name": "7a"}, "start with a letter"),
        ({"command": []}, "`command` is empty"),
        ({"workers": 0}, "workers=0"),
        ({"gpus": -1}, "gpus=-1"),
        ({"max_restarts": -1}, "max_restarts=-1"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        files(**options)


def test_the_command_writes_the_files_once(type_in, home):
    arguments = ("cluster", "--workers", 2, "--gpus", 1, "python", "pretrain.py", "--set", "a=1")
    result = type_in(*arguments)
    assert result.exit_code == 0
    assert result.output.split() == [f"cluster/{file}" for file in files()]
    assert "exec python pretrain.py --set a=1" in (home / "cluster" / "worker.sh").read_text()
    again = type_in(*arguments)
    assert again.exit_code == 2
    assert "is there already" in again.output
    assert type_in("cluster", "--workers", 2, "--name", "X", "--dir", "other", "python").exit_code == 2
    assert not (home / "other").exists()
