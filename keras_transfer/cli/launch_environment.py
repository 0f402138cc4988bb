"""What tells a worker on this host who and where it is."""

import contextlib
import json
import os
import shutil
import socket
import subprocess


def worker_environments(workers, gpus=None):
    """Environments for that many workers on this host, on free loopback ports.

    Args:
        workers: How many.
        gpus: One value of CUDA_VISIBLE_DEVICES per worker, or None to leave it as it is.

    Returns:
        A list of dicts to pass to `subprocess.Popen(env=...)`.
    """
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    environments = [{**os.environ, **own} for own in own_variables(addresses)]
    for index, environment in enumerate(environments):
        if gpus is not None:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[index]
    return environments


def own_variables(addresses):
    """What each of the workers at these addresses, one each, has in its environment beside what all have."""
    tasks = [{"type": "worker", "index": index} for index in range(len(addresses))]
    configs = [json.dumps({"cluster": {"worker": addresses}, "task": task}) for task in tasks]
    # Unbuffered, or a log would be empty until its worker ends.
    return [{"TF_CONFIG": config, "PYTHONUNBUFFERED": "1"} for config in configs]


def free_ports(count):
    """That many different ports which nobody listens on now."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in servers]


def share_gpus(workers, per_worker=None):
    """Share this host's GPUs out to its workers.

    Args:
        workers: How many workers there are.
        per_worker: GPUs for each, or None for as many as there are, evenly.

    Returns:
        A list of values for CUDA_VISIBLE_DEVICES, or None where there are no GPUs to share.

    Raises:
        ValueError: if there are not enough.
    """
    if per_worker == 0:
        return ["-1"] * workers
    visible = _visible_gpus()
    if not visible and per_worker is None:
        return None
    wanted = per_worker or len(visible) // workers
    if wanted == 0 or wanted * workers > len(visible):
        raise ValueError(
            f"{workers} workers with {wanted or 'at least one'} GPU(s) each need more than the {len(visible)} there are "
            f"({', '.join(visible) or 'none'}): start fewer workers, or pass --gpus-per-worker 0 to train on CPUs"
        )
    return [",".join(visible[index * wanted : (index + 1) * wanted]) for index in range(workers)]


def _visible_gpus():
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        named = [name.strip() for name in os.environ["CUDA_VISIBLE_DEVICES"].split(",")]
        # As CUDA reads it: what follows an invalid entry, such as -1, is not seen.
        return named[: next((index for index, name in enumerate(named) if name in ("", "-1")), len(named))]
    if not shutil.which("nvidia-smi"):
        return []
    listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=False)
    lines = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [str(index) for index in range(len(lines))]
