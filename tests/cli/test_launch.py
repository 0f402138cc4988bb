"""`keras-transfer launch`, with workers that are shell and Python scripts without TensorFlow."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from keras_transfer.cli import launch_environment
from keras_transfer.cli.launch_supervisor import STALLED, Supervisor
from tests.cli.processes import is_alive, wait_for

WORKER = """
import json, os, pathlib, signal, subprocess, sys, time
here = pathlib.Path(sys.argv[1])
task = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
start = len(list(here.glob(f"pid{task}.*")))
(here / f"pid{task}.{start}").write_text(str(os.getpid()))
print(f"worker {task} start {start}")
"""


@pytest.fixture
def launch(type_in, tmp_path):
    """Run `launch` with workers that execute `code` after having left their process number in a file."""

    def run(code, *options):
        return type_in(*command(tmp_path, code, *options))

    return run


def command(folder, code, *options, workers=2):
    (folder / "worker.py").write_text(WORKER + code)
    return (
        *("launch", "--workers", workers, "--logs", folder / "logs", *options, "--"),
        *(sys.executable, folder / "worker.py", folder),
    )


def start(folder, code, *options):
    """The same in a process of its own; returns it once both workers run."""
    line = "from keras_transfer.cli.main import main; import signal; "
    line += "signal.signal(signal.SIGINT, signal.default_int_handler); main()"
    arguments = [str(argument) for argument in command(folder, code, *options)]
    process = subprocess.Popen([sys.executable, "-c", line, *arguments], stdout=-1, stderr=-1, text=True)
    wait_for(lambda: (folder / "pid0.0").exists() and (folder / "pid1.0").exists())
    return process


def pids(folder):
    return [int(path.read_text()) for path in sorted(folder.glob("pid*")) if path.read_text()]


def test_workers_get_each_others_addresses_and_the_chief_is_shown(launch, tmp_path):
    result = launch("print(os.environ['TF_CONFIG'])")
    assert result.exit_code == 0
    configs = [json.loads((tmp_path / "logs" / f"worker{i}.log").read_text().splitlines()[-1]) for i in range(2)]
    assert [config["task"] for config in configs] == [{"type": "worker", "index": index} for index in range(2)]
    assert configs[0]["cluster"] == configs[1]["cluster"]
    assert len(set(configs[0]["cluster"]["worker"])) == 2
    assert "worker 0 start 0" in result.stdout
    assert "worker 1 start 0" not in result.stdout


def test_options_of_the_command_are_the_commands(type_in, tmp_path):
    result = type_in("launch", "--workers", 1, "--logs", tmp_path, "echo", "--workers", "7", "-x")
    assert "--workers 7 -x" in result.stdout


def test_a_failing_worker_ends_the_others_and_gives_its_code(launch, tmp_path):
    began = time.monotonic()
    result = launch("task == 1 and sys.exit(7)\ntime.sleep(600)", "--grace", 5)
    assert result.exit_code == 7
    assert time.monotonic() - began < 5
    assert "worker 1 failed with exit code 7" in result.stderr
    assert "worker 1| worker 1 start 0" in result.stderr  # its last words
    assert not any(map(is_alive, pids(tmp_path)))


def test_a_worker_that_ignores_sigterm_is_killed_after_the_grace_period(launch, tmp_path):
    began = time.monotonic()
    result = launch(
        "task == 1 and (time.sleep(0.5), os.kill(os.getpid(), signal.SIGKILL))\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
        *("--grace", 1),
    )
    assert result.exit_code == 128 + signal.SIGKILL
    assert 1 < time.monotonic() - began < 6
    assert not any(map(is_alive, pids(tmp_path)))


def test_a_worker_that_ends_on_sigterm_may_take_its_time(launch, tmp_path):
    launch(
        "task == 1 and (time.sleep(0.5), sys.exit(1))\n"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), (here / 'saved').touch(), sys.exit(75)))\n"
        "time.sleep(600)",
        *("--grace", 20),
    )
    assert (tmp_path / "saved").exists()


def test_all_are_started_again_up_to_max_restarts(launch, tmp_path):
    result = launch("task == 1 and start < 2 and sys.exit(3)\ntime.sleep(0.3)", "--max-restarts", 2)
    assert result.exit_code == 0
    assert len(list(tmp_path.glob("pid0.*"))) == len(list(tmp_path.glob("pid1.*"))) == 3
    log = (tmp_path / "logs" / "worker1.log").read_text()
    assert [f"start {n} of at most 3" in log for n in (1, 2, 3)] == [True] * 3

    result = launch("sys.exit(start)", "--max-restarts", 1)
    assert result.exit_code == 4  # of the last start
    assert "restart 1 of 1" in result.stderr


def test_a_taken_port_costs_no_restart(launch, tmp_path):
    code = "task == 1 and start == 0 and (print('RuntimeError: Address already in use'), sys.exit(1))\ntime.sleep(0.3)"
    result = launch(code)
    assert result.exit_code == 0
    assert "took a worker's port" in result.stderr
    assert "restart 1" not in result.stderr
    assert len(list(tmp_path.glob("pid1.*"))) == 2


def test_a_stuck_run_is_ended(launch):
    began = time.monotonic()
    assert launch("time.sleep(600)", "--stall", 1, "--grace", 5).exit_code == STALLED
    assert time.monotonic() - began < 6


def test_heartbeat(launch):
    result = launch("time.sleep(0.1 if task else 1)", "--heartbeat", 0.3)
    assert "worker 0 runs, last printed" in result.stderr
    assert "worker 1 has finished" in result.stderr


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        (signal.SIGINT, "time.sleep(600)", 130),
        (signal.SIGTERM, "time.sleep(600)", 143),
        (signal.SIGTERM, "signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))\ntime.sleep(600)", 75),
        (signal.SIGTERM, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)", 143),
    ],
)
def test_signals_end_all_workers_without_a_restart(tmp_path, number, code, expected):
    process = start(tmp_path, code, "--grace", 1, "--max-restarts", 3)
    time.sleep(0.3)  # until the workers have installed their handlers
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == expected
    assert signal.Signals(number).name in errors
    assert "starting all workers again" not in errors
    assert not any(map(is_alive, pids(tmp_path)))


def test_a_second_signal_does_not_wait(tmp_path):
    process = start(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)", "--grace", 60)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert not any(map(is_alive, pids(tmp_path)))


def test_children_of_workers_are_ended_with_them(tmp_path, launch):
    code = """
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"])
(here / f"pid{task}.child").write_text(str(child.pid))
time.sleep(0.5)
sys.exit(task)
"""
    assert launch(code, "--grace", 0.5).exit_code == 1
    assert len(pids(tmp_path)) == 4
    wait_for(lambda: not any(map(is_alive, pids(tmp_path))))


def test_workers_do_not_outlive_a_launcher_that_was_killed(tmp_path):
    process = start(tmp_path, "time.sleep(600)")
    process.kill()
    process.communicate(timeout=20)
    wait_for(lambda: not any(map(is_alive, pids(tmp_path))))


def test_a_command_that_is_not_there_is_one_line(type_in, tmp_path):
    result = type_in("launch", "--workers", 2, "--logs", tmp_path, "--", "no-such-command")
    assert result.exit_code == 2
    assert "no-such-command" in result.output


def test_a_failure_to_start_the_second_worker_ends_the_first(tmp_path):
    environments = [dict(os.environ), {**os.environ, "BAD\0NAME": "x"}]
    supervisor = Supervisor(["sleep", "600"], lambda: environments, tmp_path)
    with pytest.raises(ValueError):
        supervisor.run()
    assert not is_alive(supervisor.workers[0].process.pid)


def test_free_ports_are_free_and_different():
    ports = launch_environment.free_ports(20)
    assert len(set(ports)) == 20
    with contextlib.ExitStack() as stack:
        for port in ports:
            stack.enter_context(socket.create_server(("127.0.0.1", port)))


@pytest.mark.parametrize(
    ("visible", "workers", "per_worker", "expected"),
    [
        ("", 2, None, None),
        ("-1", 2, None, None),
        ("0,1,2,3", 2, None, ["0,1", "2,3"]),
        ("4,GPU-abc,6", 2, None, ["4", "GPU-abc"]),
        ("0,1,2,3", 2, 1, ["0", "1"]),
        ("0,1,-1,3", 2, None, ["0", "1"]),
        ("0,1", 2, 0, ["-1", "-1"]),
    ],
)
def test_gpus_are_shared_out(monkeypatch, visible, workers, per_worker, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert launch_environment.share_gpus(workers, per_worker) == expected


@pytest.mark.parametrize(("visible", "workers", "per_worker"), [("0", 2, None), ("0,1,2", 2, 2), ("", 2, 1)])
def test_too_few_gpus_are_refused(monkeypatch, type_in, visible, workers, per_worker):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    options = [] if per_worker is None else ["--gpus-per-worker", per_worker]
    result = type_in("launch", "--workers", workers, *options, "--", "true")
    assert result.exit_code == 2
    assert "--gpus-per-worker 0" in result.output


def test_gpus_are_counted_with_nvidia_smi(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: x)'\necho '  MIG y'\necho 'GPU 1: A (UUID: z)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert launch_environment.share_gpus(2) == ["0", "1"]


def test_tensorflow_is_not_imported():
    code = "import sys\nfrom keras_transfer.cli import launch, launch_supervisor, launch_environment\n"
    code += "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
