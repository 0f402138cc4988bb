"""Workers from start to end: progress, heartbeat, and starting again."""

import contextlib
import signal
import time
from pathlib import Path

import click

from keras_transfer.cli.launch_worker import Worker, end_all

_POLL = 0.1
_PORT_TAKEN = "address already in use"
_PORT_TRIES = 5
STALLED = 124  # as `timeout` has it


class Supervisor:
    """Runs a command as several workers until all have ended, and starts all again when one fails.

    Args:
        command: List of strings.
        environments: Function that returns the workers' environments; called for each start, for ports must be free then.
        logs: Folder for the logs, made if needed.
        max_restarts: How often to start again.
        grace: Seconds from SIGTERM to SIGKILL.
        stall: Seconds without any output after which the run counts as failed, or None.
        heartbeat: Seconds between two lines about the workers.
        start: What starts a worker: `Worker`, or what takes its arguments and returns one.
    """

    def __init__(
        self, command, environments, logs, max_restarts=0, grace=30.0, stall=None, heartbeat=60.0, start=Worker
    ):
        self.start = start
        self.command, self.environments, self.logs = list(command), environments, Path(logs)
        self.max_restarts, self.grace, self.stall, self.heartbeat = max_restarts, grace, stall, heartbeat
        self.workers = []
        self._signal = None

    def run(self):
        """Run to the end; returns the exit code.

        Raises:
            OSError: if the command cannot be started or a log not written.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        with self._handling_signals():
            restarts = port_tries = 0
            while True:
                failed, code = self._run_once(f"start {restarts + 1} of at most {self.max_restarts + 1}")
                if code == 0 or self._signal:
                    return code
                if failed and self._lost_its_port(failed) and port_tries < _PORT_TRIES:
                    port_tries += 1
                    self._say("another program took a worker's port; starting again on others")
                elif restarts < self.max_restarts:
                    restarts += 1
                    self._say(f"starting all workers again, restart {restarts} of {self.max_restarts}")
                else:
                    return code

    def _run_once(self, title):
        """Start all, wait for their end; returns the worker that failed first, if any, and the exit code."""
        self.workers = []
        try:
            for index, environment in enumerate(self.environments()):
                log = self.logs / f"worker{index}.log"
                with open(log, "a", encoding="utf-8") as file:
                    file.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {title}\n")
                self.workers.append(self.start(f"worker {index}", self.command, environment, log))
            self._say(f"{len(self.workers)} workers, {title}; logs in {self.logs}")
            return self._watch()
        finally:
            end_all(self.workers, 0)

    def _watch(self):
        started = next_beat = time.monotonic()
        while True:
            self._show_progress()
            failed = next((worker for worker in self.workers if worker.code), None)
            if failed:
                self._report(failed)
                self._end(f"{failed.name} failed")
                return failed, failed.code
            if all(worker.code == 0 for worker in self.workers):
                self._show_progress()
                return None, 0
            if self._signal:
                self._end(f"{signal.Signals(self._signal).name} received")
                return None, self._code_after_signal()
            silence = min(worker.silence() for worker in self.workers)
            if self.stall and silence > self.stall:
                self._end(f"no worker has printed anything for {silence:.0f} s")
                return None, STALLED
            if time.monotonic() >= next_beat + self.heartbeat:
                next_beat = time.monotonic()
                self._say(f"{next_beat - started:.0f} s: " + "; ".join(map(_state, self.workers)))
            time.sleep(_POLL)

    def _end(self, reason):
        alive = [worker.name for worker in self.workers if worker.code is None]
        if alive:
            self._say(f"{reason}: ending {', '.join(alive)} within {self.grace:g} s")
        end_all(self.workers, self.grace)
        self._show_progress()

    def _code_after_signal(self):
        if self._signal == signal.SIGINT:
            return 130
        # Workers that end on SIGTERM with a code of their own (75: saved, try again) have the say.
        codes = [worker.code for worker in self.workers if worker.code not in (0, 128 + signal.SIGKILL)]
        return codes[0] if codes else 128 + self._signal

    def _lost_its_port(self, worker):
        return any(_PORT_TAKEN in line.lower() for line in worker.last_lines(200))

    def _show_progress(self):
        text = self.workers[0].new_output()
        if text:
            click.echo(text, nl=False)

    def _report(self, worker):
        self._say(f"{worker.name} failed with exit code {worker.code}")
        if worker is not self.workers[0]:  # the chief's output has been shown
            for line in worker.last_lines(20):
                click.echo(f"  {worker.name}| {line}", err=True)
        self._say(f"all it printed is in {worker.log}")

    def _say(self, text):
        click.echo(f"[launch] {text}", err=True)

    @contextlib.contextmanager
    def _handling_signals(self):
        def note(number, frame):
            if self._signal:  # a second one does not wait
                for worker in self.workers:
                    worker.send(signal.SIGKILL)
            self._signal = number

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _state(worker):
    if worker.code is not None:
        return f"{worker.name} has finished"
    return f"{worker.name} runs, last printed {worker.silence():.0f} s ago"
