"""Two workers on loopback give the run of one device."""

import contextlib
import pathlib
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.cli.launch_environment import worker_environments
from keras_transfer.cli.launch_supervisor import Supervisor
from tests.distribution import scenarios

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def run_pair(folder, replicas):
    """Outcome of every scenario in both workers. The supervisor finds free ports and ends a worker whose peer has failed."""
    command = [sys.executable, "-m", "tests.distribution.two_workers", folder, replicas]
    supervisor = Supervisor(map(str, command), lambda: worker_environments(2, ["-1"] * 2), folder, grace=5)
    with contextlib.chdir(ROOT):  # the workers import `tests`
        code = supervisor.run()
    assert code == 0, "\n".join(path.read_text()[-6000:] for path in folder.glob("*.log"))
    return [dict(np.load(folder / f"worker{index}.npz")) for index in range(2)]


@pytest.fixture(scope="module")
def one_device():
    return scenarios.everything(tf.distribute.get_strategy())


@pytest.fixture(scope="module", params=[1, 2], ids=["1_replica", "2_replicas"])
def workers(request, one_device, tmp_path_factory):
    results = run_pair(tmp_path_factory.mktemp("workers"), request.param)
    assert [int(result.pop("replicas")) for result in results] == [2 * request.param] * 2
    expected = {name for name in one_device if request.param == 1 or not name.startswith("objectives/")}
    for result in results:
        assert set(result) == expected
    return results


def test_two_workers_give_the_run_of_one_device(workers, one_device):
    for worker in workers:
        for name, found in worker.items():
            if name != "own_shares/rows_loaded":
                np.testing.assert_allclose(found, one_device[name], rtol=1e-5, atol=1e-5, err_msg=name)


def test_workers_load_only_their_own_rows(workers, one_device):
    loaded = [int(worker["own_shares/rows_loaded"]) for worker in workers]
    assert sum(loaded) == int(one_device["own_shares/rows_loaded"])
    assert min(loaded) > 0.4 * sum(loaded)


@pytest.mark.parametrize("objective", ["simclr", "clip", "siglip"])
def test_the_gradient_is_that_of_the_whole_batch(workers, one_device, objective):
    names = [name for name in one_device if name.startswith(f"{objective}/gradient")]
    # Else nothing would be compared, or all of it would be zero.
    assert len(names) > 4
    assert max(np.abs(one_device[name]).max() for name in names) > 1e-2
    for worker in workers:
        for name in names:
            np.testing.assert_allclose(worker[name], one_device[name], atol=1e-5, err_msg=name)
