import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_transfer import data
from keras_transfer.data import parallel_map

ROOT = Path(__file__).parents[2]


def write_images(folder, count=23, size=8):
    """Grey images, two of them equal, in two classes."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, size, size), np.uint8)
    if count > 5:
        pixels[5] = pixels[3]
    for i, image in enumerate(pixels):
        place = folder / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{i:03d}.png")
    return pixels


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.tfrecord")}


def samples(folder, **options):
    return [batch.numpy() for batch in data.read_records(folder, 4, **options)]


def as_set(images):
    return {np.asarray(image).tobytes() for image in images}


def test_every_image_once_and_duplicates_left_out(tmp_path):
    pixels = write_images(tmp_path / "in")
    manifest = data.shard(tmp_path / "in", tmp_path / "out", samples=5, processes=1)
    assert manifest["samples"] == 22 and manifest["duplicates"] == 1
    assert [one["samples"] for one in manifest["shards"]] == [5, 5, 5, 5, 2]
    assert {one["file"]: one["sha256"] for one in manifest["shards"]} == digests(tmp_path / "out")
    found = np.concatenate(samples(tmp_path / "out", shuffle=False))
    assert found.shape == (22, 8, 8, 1) and found.dtype == np.uint8
    assert as_set(found[..., 0]) == as_set(pixels)
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".tfrecord", ".json"}
    assert len(list((tmp_path / "out").glob("*.json"))) == 1
    # Called again it finds all done; with other settings it refuses.
    assert data.shard(tmp_path / "in", tmp_path / "out", samples=5, processes=1) == manifest
    with pytest.raises(ValueError, match="other data or settings"):
        data.shard(tmp_path / "in", tmp_path / "out", samples=6, processes=1)


def test_classes_go_along(tmp_path):
    pixels = write_images(tmp_path / "in")
    data.shard(tmp_path / "in", tmp_path / "out", labels=True, samples=6, processes=1)
    for image, label in data.read_records(tmp_path / "out", 1, shuffle=False):
        row = next(i for i, one in enumerate(pixels) if (one == image.numpy()[0, ..., 0]).all())
        assert label.numpy() == [row % 2]


def test_bad_files_are_named_or_counted(tmp_path):
    write_images(tmp_path / "in", 6)
    (tmp_path / "in" / "a" / "broken.png").write_bytes(b"GIF89a nothing")
    Image.open(tmp_path / "in" / "a" / "000.png").save(tmp_path / "in" / "b" / "again.png")  # a class of its own
    with pytest.raises(ValueError, match="(?s)broken.png.*again.png.*with another label"):
        data.shard(tmp_path / "in", tmp_path / "out", labels=True, processes=1)
    assert not (tmp_path / "out").exists()
    manifest = data.shard(tmp_path / "in", tmp_path / "out", labels=True, on_bad="skip", processes=1)
    assert len(manifest["unusable"]) == 2 and manifest["samples"] == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "`samples` must be >= 1"),
        ({"kind": "texts"}, "Texts need `tokenizer`"),
        ({"on": "moon"}, "`on` must be one of processes, ray"),
        ({"out": "in/out"}, "must not lie in the data"),
        ({"out": "other"}, "not empty"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(tmp_path, options, message):
    write_images(tmp_path / "in", 3)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").touch()
    out = tmp_path / options.pop("out", "out")
    with pytest.raises(ValueError, match=message):
        data.shard(tmp_path / "in", out, **{"processes": 1, **options})
    assert not (tmp_path / "out").exists()


def test_sizes_that_differ_need_a_size(tmp_path):
    write_images(tmp_path / "in", 3)
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(tmp_path / "in" / "a" / "other.png")
    with pytest.raises(ValueError, match="different sizes.*8 x 8, 9 x 8"):
        data.shard(tmp_path / "in", tmp_path / "out", processes=1)
    data.shard(tmp_path / "in", tmp_path / "out", size=6, processes=1)
    assert samples(tmp_path / "out", shuffle=False)[0].shape[1:] == (6, 6, 3)


def test_texts_become_windows(tmp_path):
    (tmp_path / "in").mkdir()
    lines = [f"line number {i}" for i in range(40)]
    (tmp_path / "in" / "one.txt").write_text("\n".join([*lines[:20], "Line  number 3"]))
    (tmp_path / "in" / "two.jsonl").write_text("\n".join(json.dumps({"text": line}) for line in lines[18:]))
    tokenizer = data.TextTokenizer("bytes")
    tokenizer.save(tmp_path / "tokenizer")
    manifest = data.shard(
        tmp_path / "in", tmp_path / "out", tokenizer=tmp_path / "tokenizer", length=16, on="processes", processes=1
    )
    assert manifest["duplicates"] == 3
    rows = np.concatenate(samples(tmp_path / "out", shuffle=False))
    whole = tokenizer.stream(lines)
    assert rows.shape == (-(-len(whole) // 16), 16)
    np.testing.assert_array_equal(rows.ravel()[: len(whole)], whole)
    assert (rows.ravel()[len(whole) :] == tokenizer.pad_id).all()
    assert data.TextTokenizer.load(tmp_path / "out" / "tokenizer").kind == "bytes"


def test_a_killed_call_goes_on(tmp_path, monkeypatch):
    write_images(tmp_path / "in")
    data.shard(tmp_path / "in", tmp_path / "quiet", samples=4, processes=1)
    module = sys.modules["keras_transfer.data.shard"]
    stock, written = module.write_images, []

    def breaks(task, path):
        if len(written) == 3:
            Path(f"{path}.1.part").write_bytes(b"half")  # what a kill leaves
            raise KeyboardInterrupt
        written.append(path)
        return stock(task, path)

    monkeypatch.setattr(module, "write_images", breaks)
    with pytest.raises(KeyboardInterrupt):
        data.shard(tmp_path / "in", tmp_path / "out", samples=4, processes=1)
    with pytest.raises(ValueError, match="not finished"):
        data.read_records(tmp_path / "out", 4)
    monkeypatch.setattr(module, "write_images", lambda task, path: (written.append(path), stock(task, path))[1])
    monkeypatch.setattr(module, "plan_images", None)  # nothing is looked at twice
    (tmp_path / "out" / Path(written[1]).name).write_bytes(b"damaged")
    data.shard(tmp_path / "in", tmp_path / "out", samples=4, processes=1)
    assert len(written) == 3 + 3 + 1  # six shards, and the damaged one again
    assert digests(tmp_path / "out") == digests(tmp_path / "quiet")
    assert not list((tmp_path / "out").glob("*.part"))


@pytest.mark.slow
def test_processes_and_a_real_kill_change_no_byte(tmp_path):
    write_images(tmp_path / "in", 120)
    data.shard(tmp_path / "in", tmp_path / "quiet", samples=4, processes=1)
    code = "import sys; from keras_transfer import data\n"
    code += "if __name__ == '__main__': data.shard(*sys.argv[1:], samples=4, processes=2)"
    (tmp_path / "script.py").write_text(code)
    command = [sys.executable, tmp_path / "script.py", tmp_path / "in", tmp_path / "out"]
    process = subprocess.Popen(command, cwd=ROOT)
    while len(list((tmp_path / "out").glob("*.tfrecord"))) < 4:
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out" / "manifest.json").exists()
    subprocess.run(command, cwd=ROOT, check=True)
    assert digests(tmp_path / "out") == digests(tmp_path / "quiet")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Ray's own
def test_ray_changes_no_byte(tmp_path):
    write_images(tmp_path / "in", 60)
    one = data.shard(tmp_path / "in", tmp_path / "one", samples=10, processes=1)
    other = data.shard(tmp_path / "in", tmp_path / "other", samples=10, on="ray", processes=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "other")
    assert one["shards"] == other["shards"]


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"keras_transfer\[ray\]"):
        list(parallel_map.parallel_map(str, ["a"], on="ray"))
