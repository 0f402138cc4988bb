"""One worker process, its log, and how it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time


class Worker:
    """A command running in a process group of its own, writing to a log.

    Args:
        name: For messages, such as `worker 0`.
        command: List of strings.
        environment: Its environment variables.
        log: Path of its log, appended to.
    """

    def __init__(self, name, command, environment, log):
        self.name, self.log = name, log
        self._began = self._shown = log.stat().st_size if log.exists() else 0
        self._code = None
        self._gone = False
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    @property
    def code(self):
        """Exit code, 128 plus the signal for a process that was killed, or None while it runs."""
        if self._code is None:
            # The process is left unreaped until `sweep`: its number, which its children's group bears, stays taken.
            ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended:
                self._code = ended.si_status + (0 if ended.si_code == os.CLD_EXITED else 128)
        return self._code

    def send(self, number):
        """Send a signal to the worker and all processes it has started, if there are any left."""
        if not self._gone:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def sweep(self):
        """Kill what is left of the worker and its children, and wait until the worker is gone."""
        self.send(signal.SIGKILL)
        while self.code is None:
            time.sleep(0.01)
        self._gone = True
        self.process.wait()

    def new_output(self):
        """Bytes written since the last call."""
        with open(self.log, "rb") as file:
            file.seek(self._shown)
            text = file.read()
        self._shown += len(text)
        return text

    def silence(self):
        """Seconds since it last printed."""
        return max(0.0, time.time() - self.log.stat().st_mtime)

    def last_lines(self, count):
        """The last lines that it printed, as text."""
        with open(self.log, "rb") as file:
            file.seek(max(self._began, file.seek(0, os.SEEK_END) - 16384))
            return file.read().decode(errors="replace").splitlines()[-count:]


def end_all(workers, grace):
    """End workers: SIGTERM, and SIGKILL for what is left after `grace` seconds, children included. Waits until all are gone."""
    for worker in workers:
        worker.send(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(worker.code is None for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    for worker in workers:
        worker.sweep()


if sys.platform == "linux":
    _libc = ctypes.CDLL(None)
    _PR_SET_PDEATHSIG = 1

    def _die_with_parent():
        # Else workers would outlive a launcher that was killed with SIGKILL.
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

else:
    _die_with_parent = None
