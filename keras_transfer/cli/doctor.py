"""`keras-transfer doctor`."""

import importlib.metadata
import json
import os
import platform
import shutil
import sys
import time

import click

_PACKAGES = ("tensorflow", "keras", "keras-nlp", "keras-cv", "tensorboard", "numpy")
_OLDEST_PYTHON = (3, 11)
_LITTLE_MEMORY = 2 * 2**30
_LITTLE_DISK = 2**30


@click.command(short_help="Check this machine: versions, devices, strategy, one step of training.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json):
    """Check this machine: versions, devices, memory, the strategy that `auto` picks, and one real step of training.

    Exits with 1 if something is wrong.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    findings = []
    for check in (_python, _packages, _memory, _disk, _devices, _strategy, _training, _mixed_precision):
        for finding in _run(check):
            findings.append(finding)
            if not as_json:
                click.echo(_line(finding))
    wrong = [finding["name"] for finding in findings if not finding["ok"]]
    if as_json:
        click.echo(json.dumps({"ok": not wrong, "findings": findings}, indent=2))
    else:
        click.echo(f"Something is wrong: {', '.join(wrong)}." if wrong else "All is well.")
    if wrong:
        sys.exit(1)


def _run(check):
    """A check's findings; a check that fails is a finding, whatever it failed with: that is what it is for."""
    try:
        return list(check())
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return [_finding(check.__name__.strip("_").replace("_", " "), False, reason)]


def _finding(name, ok, detail):
    return {"name": name, "ok": ok, "detail": detail}


def _line(finding):
    return f"{'ok   ' if finding['ok'] else 'WRONG'}  {finding['name']:<24} {finding['detail']}"


def _python():
    oldest = ".".join(map(str, _OLDEST_PYTHON))
    fine = sys.version_info >= _OLDEST_PYTHON
    detail = f"{platform.python_version()} on {platform.platform()}"
    yield _finding("python", fine, detail if fine else f"{detail}; {oldest} or newer is needed")


def _packages():
    needed = _needed()
    for name in _PACKAGES:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield _finding(name, False, f"not installed; run `pip install {name}`")
            continue
        oldest = needed.get(name)
        old = oldest is not None and _numbers(version) < _numbers(oldest)
        yield _finding(name, not old, f"{version}; {oldest} or newer is needed" if old else version)


def _needed():
    """Oldest versions that will do, from this package's own requirements."""
    try:
        requirements = importlib.metadata.requires("keras_transfer") or []
    except importlib.metadata.PackageNotFoundError:  # a checkout that is not installed
        return {}
    pairs = (
        requirement.partition(";")[0].partition(">=") for requirement in requirements if "extra" not in requirement
    )
    return {name.strip(): version.strip() for name, sign, version in pairs if sign}


def _numbers(version):
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def _memory():
    cores = f"{os.cpu_count()} CPU cores"
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        with open("/proc/meminfo", encoding="ascii") as file:
            free = next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
    except (OSError, ValueError, AttributeError, StopIteration):  # not Linux
        yield _finding("memory", True, f"not known on this system; {cores}")
        return
    yield _finding("memory", free >= _LITTLE_MEMORY, f"{_size(free)} free of {_size(total)}; {cores}")


def _disk():
    usage = shutil.disk_usage(".")
    yield _finding("disk", usage.free >= _LITTLE_DISK, f"{_size(usage.free)} free of {_size(usage.total)} here")


def _devices():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        details = tf.config.experimental.get_device_details(gpu)
        capability = ".".join(map(str, details.get("compute_capability", ())))
        yield _finding(
            gpu.name.removeprefix("/physical_device:"), True, f"{details.get('device_name', 'GPU')} {capability}"
        )
    if not gpus and shutil.which("nvidia-smi"):
        yield _finding(
            "GPU", False, "there is one, but TensorFlow cannot use it; try `pip install 'keras_transfer[gpu]'`"
        )
    elif not gpus:
        yield _finding("GPU", True, "none; everything runs on the CPU")


def _strategy():
    from keras_transfer import distribution

    name, reason = distribution.explain("auto")
    if name == "multi_worker":  # making it would wait for the other workers
        yield _finding("strategy", True, f"{name}: {reason} It is not tried here")
        return
    replicas = distribution.strategy("auto").num_replicas_in_sync
    yield _finding("strategy", True, f"{name}: {reason} {replicas} replica{'s' * (replicas > 1)}")


def _training():
    from keras_transfer import distribution

    name, _ = distribution.explain("auto")
    start = time.perf_counter()
    problem = _one_step(distribution.strategy("one_device" if name == "multi_worker" else "auto"), "float32")
    yield _finding("one step of training", not problem, problem or f"{time.perf_counter() - start:.1f} s")


def _mixed_precision():
    from keras_transfer import distribution

    strategy = distribution.strategy("one_device")
    for precision in ("mixed_bfloat16", "mixed_float16"):
        start = time.perf_counter()
        problem = _one_step(strategy, precision)
        yield _finding(precision, not problem, problem or f"works, {time.perf_counter() - start:.1f} s")


def _one_step(strategy, precision):
    """Fit one batch with a convolution, a norm and a dense layer; returns what is wrong, or `None`."""
    import keras
    import numpy as np

    generator = np.random.default_rng(0)
    images = generator.normal(size=(16, 8, 8, 3)).astype("float32")
    with strategy.scope():
        model = keras.Sequential(
            [
                keras.Input((8, 8, 3)),
                keras.layers.Conv2D(4, 3, activation="relu", dtype=precision),
                keras.layers.BatchNormalization(dtype=precision),
                keras.layers.GlobalAveragePooling2D(dtype=precision),
                keras.layers.Dense(2, dtype="float32"),
            ]
        )
        optimizer = keras.optimizers.SGD(0.1)
        if precision == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=128.0)
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = model.get_weights()
    history = model.fit(images, generator.integers(0, 2, 16), batch_size=16, epochs=1, verbose=0)
    loss = history.history["loss"][0]
    if not np.isfinite(loss):
        return f"the loss is {loss}"
    if all(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)):
        return "no weight changed"
    return None


def _size(count):
    return f"{count / 2**30:.1f} GiB"
