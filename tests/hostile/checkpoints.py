"""Saved states that somebody wrote by hand, with checksums that are right."""

import hashlib
import json
import os

import numpy as np

from keras_transfer.callbacks.checkpoint_store import CheckpointStore
from tests.hostile.arrays import PICKLE, Payload, archive, header, npy


def state(arrays=None, text='{"a": {"__array__": "0"}}', **manifest):
    """A store whose one generation holds these files; `manifest` changes the manifest before it is signed."""

    def prepare(folder):
        store = CheckpointStore(folder / "store")
        store.prepare()
        store.write({"a": np.zeros(3)})
        generation = folder / "store" / "00000001"
        (generation / "arrays.npz").write_bytes(archive(**{"0": npy(np.zeros(3))}) if arrays is None else arrays)
        (generation / "state.json").write_text(text)
        made = json.loads((generation / "manifest.json").read_text())
        del made["sha256"]
        for name in ("arrays.npz", "state.json"):
            content = (generation / name).read_bytes()
            made["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        made.update(manifest)
        made["sha256"] = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
        (generation / "manifest.json").write_text(json.dumps(made))
        return CheckpointStore(folder / "store").read

    return prepare


def outside(folder):
    """The generation is a link to one elsewhere."""
    use = state(text="[")(folder)
    os.rename(folder / "store" / "00000001", folder / "elsewhere")
    (folder / "store" / "00000001").symlink_to("../elsewhere")
    return use


CASES = {
    name: (prepare, "00000001")
    for name, prepare in {
        "arrays of objects": state(archive(**{"0": npy(np.array([Payload()], dtype=object))})),
        "a pickle for arrays": state(PICKLE),
        "a pickle for one array": state(archive(**{"0": PICKLE})),
        "no archive": state(b"hello"),
        "a header that claims terabytes": state(archive(**{"0": header((1 << 20, 1 << 20, 8))})),
        "an array that is not there": state(text='{"a": {"__array__": "7"}}'),
        "a dtype nobody knows": state(text='{"a": {"__array__": "0", "dtype": "evil"}}'),
        "a state that is no JSON": state(text="{"),
        "a deep state": state(text="[" * 100_000),
        "a state that is a list": state(text="[1]"),
        "a manifest that names no files": state(files={}),
        "a manifest of other types": state(files=3),
        "a manifest that names a file outside": state(files={"../../../etc/passwd": {"bytes": 1, "sha256": "x"}}),
        "a link to a state elsewhere": outside,
    }.items()
}
