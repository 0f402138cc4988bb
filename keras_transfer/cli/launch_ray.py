"""Workers on the machines of a Ray cluster instead of this one."""

import importlib.util
import json
import os
import tempfile
import time
from pathlib import Path

from keras_transfer.cli.launch_environment import free_ports, own_variables
from keras_transfer.cli.launch_worker import Worker

_LOOK = 0.2  # seconds between two questions to a worker


class RayHosts:
    """As many actors as there are workers, spread over the machines of a cluster; each runs a worker beside it.

    It connects to the cluster that RAY_ADDRESS names, or else starts one on this machine.

    Args:
        workers: How many.
        gpus_per_worker: GPUs for each. Default: all of the cluster, evenly.

    Raises:
        ValueError: if Ray is not installed, or the cluster has too few CPUs or GPUs.
    """

    def __init__(self, workers, gpus_per_worker=None):
        if importlib.util.find_spec("ray") is None:
            raise ValueError("Ray is not installed. Run: pip install 'keras_transfer[ray]', or leave out --on ray")
        import ray

        self.ray, self.workers, self.hosts = ray, workers, []
        ray.init(log_to_driver=False, ignore_reinit_error=True)
        resources = ray.cluster_resources()
        self.gpus = int(resources.get("GPU", 0)) // workers if gpus_per_worker is None else gpus_per_worker
        for kind, wanted in (("CPU", workers), ("GPU", workers * self.gpus)):
            if resources.get(kind, 0) < wanted:
                raise ValueError(
                    f"{workers} workers need {wanted} {kind}s. Received: a Ray cluster with {int(resources.get(kind, 0))}"
                )

    def environments(self):
        """End the actors of the start before, make new ones, and return each worker's environment on its machine."""
        self.close()
        host = self.ray.remote(num_cpus=1, num_gpus=self.gpus, scheduling_strategy="SPREAD")(_Host)
        self.hosts = [host.remote() for _ in range(self.workers)]
        addresses = self.ray.get([one.address.remote() for one in self.hosts])
        no_gpus = {} if self.gpus else {"CUDA_VISIBLE_DEVICES": "-1"}
        return [{**own, **no_gpus} for own in own_variables(addresses)]

    def worker(self, name, command, environment, log):
        """Start one worker; what the `Supervisor` calls in the place of `Worker`."""
        index = json.loads(environment["TF_CONFIG"])["task"]["index"]
        return RayWorker(self.ray, self.hosts[index], name, command, environment, log)

    def close(self):
        """End the actors, and with them what is left of their workers."""
        for host in self.hosts:
            self.ray.kill(host)
        self.hosts = []


class RayWorker(Worker):
    """A worker on another machine, whose output is copied into a log here."""

    def __init__(self, ray, host, name, command, environment, log):
        self.name, self.log = name, log
        self._began = self._shown = log.stat().st_size if log.exists() else 0
        self._ray, self._host, self._code, self._looked = ray, host, None, 0.0
        self._ask("start", name, command, environment, os.getcwd())

    @property
    def code(self):
        """As of `Worker`; a machine that is gone counts as killed."""
        if self._code is None and time.monotonic() >= self._looked + _LOOK:
            self._look()
        return self._code

    def _look(self):
        told = self._ask("look")
        self._looked = time.monotonic()
        if told is None:
            return
        code, output = told
        if output:
            with open(self.log, "ab") as file:
                file.write(output)
        self._code = code

    def send(self, number):
        """As of `Worker`."""
        if self._code is None:
            self._ask("send", number)

    def sweep(self):
        """As of `Worker`."""
        self._ask("sweep")
        while self._code is None:
            self._look()

    def _ask(self, method, *arguments):
        try:
            return self._ray.get(getattr(self._host, method).remote(*arguments))
        except self._ray.exceptions.RayActorError:
            if self._code is None:
                self._code = 137
            return None


class _Host:
    """The actor: starts a worker on its machine, and tells of it."""

    def address(self):
        import ray

        return f"{ray.util.get_node_ip_address()}:{free_ports(1)[0]}"

    def start(self, name, command, environment, folder):
        os.chdir(folder)
        log = Path(tempfile.mkdtemp()) / "log"
        self.worker = Worker(name, command, {**os.environ, **environment}, log)

    def look(self):
        code = self.worker.code  # before the output: what is printed last is not lost
        return code, self.worker.new_output()

    def send(self, number):
        self.worker.send(number)

    def sweep(self):
        self.worker.sweep()
