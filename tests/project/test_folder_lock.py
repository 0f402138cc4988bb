import subprocess
import sys

import pytest

from keras_transfer.project import RunError
from keras_transfer.project.folder_lock import folder_lock

HOLDER = """
import sys, time
from keras_transfer.project.folder_lock import folder_lock
with folder_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_held_until_the_other_process_is_killed(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="another process is writing this run"), folder_lock(tmp_path):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with folder_lock(tmp_path):
        pass
    with folder_lock(tmp_path):
        pass
