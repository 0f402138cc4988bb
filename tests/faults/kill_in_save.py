"""Kills writers inside their write, with SIGKILL, and reads what is left. Run by test_kill_in_save.py; prints JSON.

python kill_in_save.py FOLDER random 50     at random moments
python kill_in_save.py FOLDER calls 0       at every system call of a write that changes the disk
"""

import json
import os
import random
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import store_alone

checkpoint_store = store_alone.import_store()
SIZE = 500_000
CALLS = ("makedirs", "mkdir", "fsync", "replace", "rmdir", "unlink", "remove")


def write_on(folder, report):
    """Write the next state, telling the parent when the write begins and ends."""
    store = checkpoint_store.CheckpointStore(folder)
    store.prepare()
    generation = store.read()
    number = store_alone.check(generation.tree) + 1 if generation else 0
    tree = store_alone.state(number, SIZE)
    os.write(report, b"b")
    store.write(tree)
    os.write(report, b"e")
    return number


def child(folder, report, die_before_call=None):
    if die_before_call is not None:
        count = 0

        def dying(function):
            def call(*args, **kwargs):
                nonlocal count
                if count == die_before_call:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                return function(*args, **kwargs)

            return call

        for name in CALLS:
            setattr(os, name, dying(getattr(os, name)))
    write_on(folder, report)
    os._exit(0)


def in_child(folder, kill_after=None, die_before_call=None):
    """Fork a writer; returns (was killed, had ended its write)."""
    reading, report = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(folder, report, die_before_call)
    os.close(report)
    said = b""
    if kill_after is not None:
        said = os.read(reading, 1)
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    while more := os.read(reading, 10):
        said += more
    os.close(reading)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status), b"e" in said


def held(folder, before, ended):
    """What is wrong with the folder after a kill, or None: it loads, and at most the write under way is lost."""
    store = checkpoint_store.CheckpointStore(folder)
    generation = store.read()
    number = store_alone.check(generation.tree) if generation else -1
    if number not in ({before + 1} if ended else {before, before + 1}):
        return f"state {number} after state {before}, write ended: {ended}"
    store.prepare()
    left = [name for name in os.listdir(folder) if name.startswith(".")]
    return f"left behind: {left}" if left else None


def last(folder):
    generation = checkpoint_store.CheckpointStore(folder).read()
    return store_alone.check(generation.tree) if generation else -1


def at_random(folder, kills):
    in_child(folder)
    begin = time.monotonic()
    in_child(folder)
    usual = time.monotonic() - begin
    draw = random.Random(0)
    outcomes, inside = [], 0
    while inside < kills:
        before = last(folder)
        killed, ended = in_child(folder, kill_after=draw.uniform(0, usual))
        inside += killed and not ended
        if killed:
            outcomes.append(held(folder, before, ended))
    return outcomes


def at_calls(folder, _):
    outcomes = []
    for earlier in (0, 1, 2, 3):  # how many states were there: the first write, pruning
        call = 0
        while True:
            shutil.rmtree(folder, ignore_errors=True)
            for _ in range(earlier):
                in_child(folder)
            killed, ended = in_child(folder, die_before_call=call)
            if not killed:
                break
            outcomes.append(held(folder, earlier - 1, ended))
            in_child(folder)  # and it goes on from there
            assert last(folder) >= earlier
            call += 1
    return outcomes


if __name__ == "__main__":
    how = {"random": at_random, "calls": at_calls}[sys.argv[2]]
    print(json.dumps(how(sys.argv[1], int(sys.argv[3]))))
