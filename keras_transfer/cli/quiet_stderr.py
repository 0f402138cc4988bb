"""What TensorFlow says of a machine without a GPU or without AVX-512, left out."""

import re
import sys
import threading

# Printed at every start, whatever TF_CPP_MIN_LOG_LEVEL says: the logger that would obey it is not up yet.
_NOISE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|I0000 "
    rb"|E0000 .*(failed call to cuInit|Unable to register|oneDNN supports DT_INT64 only)"
    rb"|To enable the following instructions:"
)


def pass_on(stream, target=None):
    """Copy a process's standard error line by line, without TensorFlow's notes on the machine, in a thread.

    Args:
        stream: Binary file to read until it ends.
        target: Binary file to write to; by default this process's standard error.

    Returns:
        The thread; join it after the process has ended.
    """
    target = target or sys.stderr.buffer

    def copy():
        with stream:
            for line in stream:
                if not _NOISE.match(line):
                    target.write(line)
                    target.flush()

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    return thread
