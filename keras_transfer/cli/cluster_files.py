"""Files that run one training command on several hosts: by hand, with SLURM, on Kubernetes, with Kubeflow."""

import json
import re
import shlex

import yaml

PORT = 12345
_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?")


def cluster_files(name, command, workers, gpus=0, image="python:3.11", max_restarts=3, grace=60):
    """Render the files, each of which starts the same workers in another environment.

    Args:
        name: Name of the job: lower-case letters, digits and `-`, at most 50, as Kubernetes wants it.
        command: List of strings, run by every worker.
        workers: How many hosts, `>= 1`, one worker each.
        gpus: GPUs of each host, all used by its worker; 0 trains on CPUs.
        image: Container image with the project and its requirements, for Kubernetes and Kubeflow.
        max_restarts: How often all workers may be started again.
        grace: Seconds from SIGTERM to SIGKILL, enough to save a checkpoint.

    Returns:
        A dict from file name to text.

    Raises:
        ValueError: if an argument is out of its range.
    """
    if not _LABEL.fullmatch(name):
        raise ValueError(
            f"`name` must be lower-case letters, digits and '-', start with a letter and have at most 50. Received: {name!r}"
        )
    if not command:
        raise ValueError("`command` is empty. Expected something like ['python', 'pretrain.py'].")
    for label, number, least in (("workers", workers, 1), ("gpus", gpus, 0), ("max_restarts", max_restarts, 0)):
        if number < least:
            raise ValueError(f"`{label}` must be >= {least}. Received: {label}={number}")
    command = [str(part) for part in command]
    container = _container(command, gpus, image)
    return {
        "worker.sh": _shell(command, workers),
        "slurm.sh": _slurm(name, command, workers, gpus, max_restarts, grace),
        "kubernetes.yaml": _kubernetes(name, container, workers, max_restarts, grace),
        "kubeflow.yaml": _kubeflow(name, container, workers, max_restarts, grace),
    }


def _shell(command, workers):
    example = " ".join(f"host{index}" for index in range(workers))
    return f"""\
#!/usr/bin/env bash
# One of {workers} workers, started by hand. On every host, with the same HOSTS and each its own WORKER from 0:
#   HOSTS="{example}" WORKER=0 bash worker.sh
# Port {PORT} must be open between the hosts; set PORT for another. If one worker fails, end all and start them again.
set -euo pipefail
: "${{HOSTS:?list the {workers} hosts in HOSTS, separated by spaces}}"
: "${{WORKER:?set WORKER to the number of this host in HOSTS, from 0}}"
port=${{PORT:-{PORT}}}
read -ra hosts <<< "$HOSTS"
if (( ${{#hosts[@]}} != {workers} )); then
    echo "HOSTS must name {workers} hosts. Received: $HOSTS" >&2
    exit 2
fi
if ! [[ $WORKER =~ ^[0-9]+$ ]] || (( WORKER >= {workers} )); then
    echo "WORKER must be a number from 0 to {workers - 1}. Received: $WORKER" >&2
    exit 2
fi
addresses=$(printf '"%s", ' "${{hosts[@]/%/:$port}}")
cluster="{{\\"worker\\": [${{addresses%, }}]}}"
task="{{\\"type\\": \\"worker\\", \\"index\\": $WORKER}}"
export TF_CONFIG="{{\\"cluster\\": $cluster, \\"task\\": $task}}"
exec {shlex.join(command)}
"""


def _slurm(name, command, workers, gpus, max_restarts, grace):
    gpu_line = f"#SBATCH --gpus-per-node={gpus}\n" if gpus else ""
    return f"""\
#!/usr/bin/env bash
# sbatch slurm.sh
#SBATCH --job-name={name}
#SBATCH --nodes={workers}
#SBATCH --ntasks-per-node=1
{gpu_line}#SBATCH --time=24:00:00
#SBATCH --output={name}-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
# Before the time is up, workers get SIGTERM: `callbacks.Resume` saves and exits with 75, and the job queues itself again.
#SBATCH --signal=TERM@{grace}
set -uo pipefail
# `distribution.strategy()` reads the workers from SLURM's own variables.
unset TF_CONFIG
for (( attempt = 0; attempt <= {max_restarts}; attempt++ )); do
    # When one worker fails the others would wait for it for ever; --kill-on-bad-exit ends them.
    srun --kill-on-bad-exit=1 --label {shlex.join(command)}
    code=$?
    if (( code == 0 )); then
        exit 0
    fi
    if (( code == 75 )); then
        scontrol requeue "$SLURM_JOB_ID"
        exit 0
    fi
    echo "workers ended with exit code $code (attempt $((attempt + 1)) of {max_restarts + 1})" >&2
done
exit "$code"
"""


def _container(command, gpus, image):
    container = {
        # The name Kubeflow's operator looks for.
        "name": "tensorflow",
        "image": image,
        # Kubernetes puts values in the place of $(NAME), but for $$(NAME).
        "command": [part.replace("$(", "$$(") for part in command],
        "volumeMounts": [{"name": "runs", "mountPath": "/runs"}],
    }
    if gpus:
        container["resources"] = {"limits": {"nvidia.com/gpu": gpus}}
    return container


def _volumes(name):
    return [{"name": "runs", "persistentVolumeClaim": {"claimName": f"{name}-runs"}}]


def _claim_note(name):
    return (
        f"# The claim {name}-runs must exist and allow ReadWriteMany: checkpoints go there, mounted at /runs, and a worker that\n"
        "# is started again reads them wherever it lands.\n"
    )


def _kubernetes(name, container, workers, max_restarts, grace):
    # An Indexed Job gives pod i the host name NAME-i, which the headless service makes known to the others.
    addresses = [f"{name}-{index}.{name}:{PORT}" for index in range(workers)]
    config = json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": "$(WORKER)"}})
    index = "metadata.annotations['batch.kubernetes.io/job-completion-index']"
    container = {
        **container,
        "ports": [{"name": "grpc", "containerPort": PORT}],
        "env": [
            {"name": "WORKER", "valueFrom": {"fieldRef": {"fieldPath": index}}},
            # Kubernetes puts the pod's index in the place of $(WORKER), which must be defined above.
            {"name": "TF_CONFIG", "value": config},
        ],
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "clusterIP": "None",
            "selector": {"job-name": name},
            # Workers wait for each other before any of them is ready.
            "publishNotReadyAddresses": True,
            "ports": [{"name": "grpc", "port": PORT}],
        },
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "completionMode": "Indexed",
            "completions": workers,
            "parallelism": workers,
            # Counts the restarts of all pods together, and when one fails all do.
            "backoffLimit": max_restarts * workers,
            "template": {
                "spec": {
                    "restartPolicy": "OnFailure",
                    "subdomain": name,
                    "terminationGracePeriodSeconds": grace,
                    "containers": [container],
                    "volumes": _volumes(name),
                }
            },
        },
    }
    head = f"# kubectl apply -f kubernetes.yaml\n# kubectl logs -f job/{name}\n" + _claim_note(name)
    return head + yaml.safe_dump_all([service, job], sort_keys=False, width=1000)


def _kubeflow(name, container, workers, max_restarts, grace):
    # Kubeflow's operator sets TF_CONFIG. It finds the port by the name tfjob-port.
    container = {**container, "ports": [{"name": "tfjob-port", "containerPort": 2222}]}
    job = {
        "apiVersion": "kubeflow.org/v1",
        "kind": "TFJob",
        "metadata": {"name": name},
        "spec": {
            "runPolicy": {"cleanPodPolicy": "Running", "backoffLimit": max_restarts * workers},
            "tfReplicaSpecs": {
                "Worker": {
                    "replicas": workers,
                    "restartPolicy": "OnFailure",
                    "template": {
                        "spec": {
                            "terminationGracePeriodSeconds": grace,
                            "containers": [container],
                            "volumes": _volumes(name),
                        }
                    },
                }
            },
        },
    }
    head = f"# kubectl apply -f kubeflow.yaml\n# kubectl logs -f {name}-worker-0\n" + _claim_note(name)
    return head + yaml.safe_dump(job, sort_keys=False, width=1000)
