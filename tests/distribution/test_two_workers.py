"""Two workers on loopback give the run of one device."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.distribution import scenarios

WORKER = pathlib.Path(__file__).with_name("two_workers.py")
ROOT = WORKER.parents[2]
pytestmark = pytest.mark.slow


def run_pair(folder, replicas):
    """Outcome of every scenario in both workers; tried again on other ports if somebody took one in between."""
    for _ in range(3):
        results, log = _try_pair(folder, replicas)
        if results is not None:
            return results
        if "address already in use" not in log.lower():
            break
    raise AssertionError(log[-8000:])


def _try_pair(folder, replicas):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in sockets]
    for server in sockets:
        server.close()
    outputs, workers = [folder / f"worker{index}.npz" for index in range(2)], []
    for index, output in enumerate(outputs):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        with open(output.with_suffix(".log"), "wb") as log:
            workers.append(
                subprocess.Popen(
                    [sys.executable, WORKER, output, str(replicas)],
                    env={**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONPATH": str(ROOT)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
    try:
        # Whoever fails first leaves the other waiting for ever.
        codes = [worker.wait(timeout=300) for worker in workers]
    except subprocess.TimeoutExpired:
        codes = [worker.poll() for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    log = "\n".join(f"--- {output.stem}\n{output.with_suffix('.log').read_text()}" for output in outputs)
    if codes != [0, 0]:
        return None, f"exit codes {codes}\n{log}"
    return [dict(np.load(output)) for output in outputs], log


@pytest.fixture(scope="module")
def one_device():
    return scenarios.everything(tf.distribute.get_strategy())


@pytest.fixture(scope="module", params=[1, 2], ids=["1_replica", "2_replicas"])
def workers(request, tmp_path_factory):
    results = run_pair(tmp_path_factory.mktemp("workers"), request.param)
    assert [int(result.pop("replicas")) for result in results] == [2 * request.param] * 2
    return results


def test_two_workers_give_the_run_of_one_device(workers, one_device):
    for worker in workers:
        assert worker.keys() == one_device.keys()
        for name, expected in one_device.items():
            if name != "own_shares/rows_loaded":
                np.testing.assert_allclose(worker[name], expected, rtol=1e-5, atol=1e-5, err_msg=name)


def test_workers_load_only_their_own_rows(workers, one_device):
    loaded = [int(worker["own_shares/rows_loaded"]) for worker in workers]
    assert sum(loaded) == int(one_device["own_shares/rows_loaded"])
    assert min(loaded) > 0.4 * sum(loaded)
