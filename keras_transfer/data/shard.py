"""Large data, audited and written once for many trainings."""

import functools
import hashlib
import json
import os
import shutil
from pathlib import Path

from keras_transfer.data.file_sha256 import file_sha256
from keras_transfer.data.parallel_map import parallel_map
from keras_transfer.data.recognise import recognise_kind
from keras_transfer.data.record_manifest import NAME, read_manifest, write_manifest
from keras_transfer.data.shard_images import plan_images, write_images
from keras_transfer.data.shard_texts import plan_texts, write_texts

_PLAN = "plan.json"
_SHOWN = 20


def shard(
    data,
    out,
    *,
    kind=None,
    labels=False,
    size=None,
    samples=1024,
    tokenizer=None,
    length=128,
    per="line",
    on_bad="error",
    seed=0,
    on="processes",
    processes=None,
    progress=None,
):
    """Look through data, leave out duplicates, and write the rest as shards for `data.read_records`.

    Images are decoded, cut to one size and drawn into shards at random, by `seed`. Texts are turned into windows of tokens. The
    shards are the same to the byte whatever does the work. Killed, the same call goes on where it was: shards that are whole
    stay, and nothing is looked at twice.

    Args:
        data: Folder or CSV of images, or file or folder of texts.
        out: Folder for the shards: a new one, or one that this call has begun.
        kind: `"images"` or `"texts"`. Default: found from the files.
        labels: Whether images have classes: sub-folders, or the CSV's column `label`. Records then are `(image, class)`.
        size: Side of the images in pixels, or `(height, width)`. Default: that of all.
        samples: Images in a shard. Texts: files of 64 MB together make a shard.
        tokenizer: Folder of a saved `TextTokenizer`, for texts. It is copied to `out`.
        length: Tokens in a window.
        per: `"line"` or `"file"`: what is one document in a `.txt`.
        on_bad: `"error"`, or `"skip"` to leave out and count files that cannot be used.
        seed: Of the order of images.
        on: `"processes"` or `"ray"`, see `data.parallel_map`.
        processes: How many at once.
        progress: Function called with `(done, total)` shards, or None.

    Returns:
        The manifest, which is in `out` as well: shards with samples, bytes and SHA-256; type and shape of a record; class names;
        how many duplicates and unusable files were left out.

    Raises:
        ValueError: naming files that cannot be used, an argument out of range, or an `out` that holds something else.

    Example:
        >>> keras_transfer.data.shard("photos/", "shards/", size=96)
        >>> train = keras_transfer.data.read_records("shards/", 256)
    """
    kind = kind or recognise_kind(data)
    options = dict(
        labels=labels, size=size, samples=samples, length=length, per=per, seed=seed, kind=kind, on_bad=on_bad
    )
    _check(options, tokenizer)
    data, out = Path(data).expanduser().resolve(), Path(out).expanduser().resolve()
    if tokenizer is not None:
        options["tokenizer"] = str(out / "tokenizer")
    identity = _identity(data, options, tokenizer)
    run = functools.partial(parallel_map, on=on, processes=processes)
    if data == out or data in out.parents:
        raise ValueError(f"`out` must not lie in the data. Received: data={str(data)!r}, out={str(out)!r}")
    found = _begun(out, identity)
    if found is not None and "shards" in found:
        return read_manifest(out)
    plan = found
    if plan is None:
        tasks, notes, bad = (plan_images if kind == "images" else plan_texts)(str(data), options, run)
        if bad and on_bad == "error":
            raise ValueError(_complaint(bad))
        if not tasks:
            raise ValueError(f"{data} holds nothing to write: {len(bad)} files cannot be used.")
        plan = {"identity": identity, "tasks": tasks, "notes": {**notes, "unusable": bad}}
        out.mkdir(parents=True, exist_ok=True)
        write_manifest(out, plan, _PLAN)
    if tokenizer is not None:
        shutil.copytree(tokenizer, out / "tokenizer", dirs_exist_ok=True)
    return _write(out, plan, run, progress)


def _write(out, plan, run, progress):
    tasks = [(place, len(plan["tasks"]), task) for place, task in enumerate(plan["tasks"])]
    shards, fields = [], None
    for done, made in enumerate(run(functools.partial(write_shard, str(out), plan["notes"]["kind"]), tasks), 1):
        if made["fields"] != (fields := fields or made["fields"]):
            raise ValueError(
                f"{made['file']} holds records of another form. Received: {made['fields']}. Expected: {fields}"
            )
        shards.append({key: made[key] for key in ("file", "samples", "bytes", "sha256")})
        if progress is not None:
            progress(done, len(tasks))
    manifest = {"identity": plan["identity"], "samples": sum(one["samples"] for one in shards), **plan["notes"]}
    manifest |= {"fields": fields, "shards": shards}
    write_manifest(out, manifest)
    for leftover in [out / _PLAN, *out.glob("*.done"), *out.glob("*.part")]:
        leftover.unlink(missing_ok=True)
    return manifest


def write_shard(out, kind, numbered):
    """Write one shard, or find it whole; returns its line for the manifest."""
    place, count, task = numbered
    name = f"{place:05d}-of-{count:05d}.tfrecord"
    path, note = Path(out) / name, Path(out) / f"{name}.done"
    if note.is_file() and path.is_file():
        made = json.loads(note.read_text(encoding="utf-8"))
        if made["bytes"] == path.stat().st_size and made["sha256"] == file_sha256(path):
            return made
    made = {"file": name, **(write_images if kind == "images" else write_texts)(task, str(path))}
    write_manifest(out, made, note.name)
    return made


def _check(options, tokenizer):
    for name, allowed in (("kind", ("images", "texts")), ("per", ("line", "file")), ("on_bad", ("error", "skip"))):
        if options[name] not in allowed:
            raise ValueError(f"`{name}` must be {' or '.join(map(repr, allowed))}. Received: {name}={options[name]!r}")
    for name in ("samples", "length"):
        if options[name] < 1:
            raise ValueError(f"`{name}` must be >= 1. Received: {name}={options[name]}")
    if (options["kind"] == "texts") != (tokenizer is not None):
        raise ValueError(
            "Texts need `tokenizer`, the folder of a saved one, and images take none. "
            f"Received: kind={options['kind']!r}, tokenizer={tokenizer!r}"
        )
    if tokenizer is not None and not (Path(tokenizer) / "tokenizer.json").is_file():
        raise ValueError(f"{tokenizer} holds no tokenizer. Save one there with `TextTokenizer.save`.")


def _identity(data, options, tokenizer):
    """A digest of the settings and of every file's name, size and date."""
    found = hashlib.sha256(json.dumps([str(data), options], sort_keys=True).encode())
    files = (
        [data] if data.is_file() else sorted(Path(place) / file for place, _, some in os.walk(data) for file in some)
    )
    files += sorted(Path(tokenizer).iterdir()) if tokenizer is not None else []
    for file in files:
        status = file.lstat()
        found.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _begun(out, identity):
    """The manifest of a call that was finished, the plan of one that was killed, or None."""
    if not out.exists() or all(file.suffix == ".part" for file in out.iterdir()):
        return None
    for path in (out / NAME, out / _PLAN):
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found.get("identity") != identity:
                raise ValueError(
                    f"{out} holds shards of other data or settings. Give another `out`, or delete this one."
                )
            return found
    raise ValueError(f"{out} is not empty, and holds no shards that could be gone on with. Give another `out`.")


def _complaint(bad):
    lines = [f"  {path} {reason}" for path, reason in bad[:_SHOWN]]
    more = [f"  and {len(bad) - _SHOWN} more"] if len(bad) > _SHOWN else []
    end = 'Repair or remove them, or leave them out with on_bad="skip".'
    return "\n".join([f"{len(bad)} files cannot be used:", *lines, *more, end])
