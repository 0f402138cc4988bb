"""One job at a time in a thread, whose outcome is never lost."""

import threading


class BackgroundWriter:
    """Runs a function in a thread while training goes on; an error in it is raised by the next `check` or `wait`."""

    def __init__(self):
        self._thread = None
        self._error = None
        self._result = None

    @property
    def idle(self):
        """Whether a new job can be started."""
        return self._thread is None or not self._thread.is_alive()

    def start(self, job):
        """Run `job()` in a thread. The one before must have been collected with `check` or `wait`."""
        # Not a daemon: a script that ends, even by an error elsewhere, still finishes the write that is under way.
        self._thread = threading.Thread(target=self._run, args=(job,), name="keras-transfer-checkpoint")
        self._thread.start()

    def check(self):
        """Return the result of a job that has ended since the last call, else None.

        Raises:
            BaseException: whatever the job raised.
        """
        if not self.idle:
            return None
        self._thread = None
        error, self._error = self._error, None
        result, self._result = self._result, None
        if error is not None:
            raise error
        return result

    def wait(self):
        """Wait for the job under way, then `check`."""
        if self._thread is not None:
            self._thread.join()
        return self.check()

    def _run(self, job):
        try:
            self._result = job()
        except BaseException as error:  # raised again in the thread that trains
            self._error = error
