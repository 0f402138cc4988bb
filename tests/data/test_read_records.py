import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.callbacks import Resume
from keras_transfer.data.read_records import _Shards
from keras_transfer.data.record_manifest import read_manifest, write_manifest


@pytest.fixture
def folder(tmp_path):
    """37 numbered samples in shards of 8, the last of 5."""
    numbers = np.arange(37)
    shards, fields = [], None
    for begin in range(0, 37, 8):
        own = numbers[begin : begin + 8]
        made = data.write_records(tmp_path / f"{begin}.tfrecord", ((np.full((2, 3), i, np.float32), i) for i in own))
        fields = made.pop("fields")
        shards.append({"file": f"{begin}.tfrecord", **made})
    write_manifest(tmp_path, {"shards": shards, "fields": fields})
    return tmp_path


def rows(dataset):
    return [batch[1].numpy().tolist() for batch in dataset]


def flat(batches):
    return [number for batch in batches for number in batch]


def test_in_order_every_sample_comes_once(folder):
    dataset = data.read_records(folder, 5, shuffle=False)
    assert len(dataset) == 8
    assert flat(rows(dataset)) == list(range(37))
    for x, numbers in dataset:
        np.testing.assert_array_equal(x, np.broadcast_to(numbers[:, None, None], x.shape))


def test_epochs_differ_and_are_a_function_of_seed_and_epoch(folder):
    def seen(seed, epochs=3):
        dataset = data.read_records(folder, 4, seed=seed, buffer=10, map=lambda batch, seeds: (seeds, batch[1]))
        assert len(dataset) == 9
        data.set_epoch(0)
        return [
            [(seeds.numpy().tolist(), numbers.numpy().tolist()) for seeds, numbers in dataset] for _ in range(epochs)
        ]

    first = seen(1)
    assert first == seen(1)
    assert first != seen(2)
    numbers = [flat(batch[1] for batch in epoch) for epoch in first]
    assert all(len(set(one)) == 36 for one in numbers)  # one of 37 is left out
    assert numbers[0] != numbers[1] and numbers[0] != sorted(numbers[0])
    data.set_epoch(2)
    dataset = data.read_records(folder, 4, seed=1, buffer=10)
    data.set_epoch(2)
    assert flat(rows(dataset)) == numbers[2]


def test_workers_read_shares_of_their_own(folder):
    shards = _Shards(
        folder, read_manifest(folder), seed=0, buffer=4, cycle=2, map=lambda batch, seeds: (batch[1], seeds)
    )
    steps = shards.steps(4, 2)  # two shards each, perhaps the short one
    assert steps == (8 + 5) // 2
    for epoch in range(4):
        taken, seeds = [], []
        for worker in range(2):
            dataset = shards.drawn(2, 2, 2, worker, steps)
            data.set_epoch(epoch)
            batches = list(dataset)
            assert [len(batch[0]) for batch in batches] == [2] * steps
            taken += [number for batch in batches for number in batch[0].numpy()]
            seeds += [tuple(seed) for batch in batches for seed in batch[1].numpy()]
        assert len(set(taken)) == len(taken) == len(set(seeds)) == 4 * steps


def test_a_model_trains_and_goes_on_in_mid_epoch(folder, tmp_path):
    def fit(*callbacks, directory):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((2, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
        model.compile(keras.optimizers.Adam(0.1), "mse")
        train = data.read_records(folder, 4, seed=3, map=lambda batch, seeds: (batch[0] / 37, batch[1] / 37))
        model.fit(train, epochs=3, verbose=0, callbacks=[Resume(directory, every=1, name="fit"), *callbacks])
        return model.get_weights()

    class Break(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.optimizer.iterations.numpy()) == 14:
                raise ZeroDivisionError

    quiet = fit(directory=tmp_path / "quiet")
    with pytest.raises(ZeroDivisionError):
        fit(Break(), directory=tmp_path / "broken")
    for one, other in zip(quiet, fit(directory=tmp_path / "broken"), strict=True):
        np.testing.assert_array_equal(one, other)


SERVICE = """
import sys
import tensorflow as tf

service = tf.data.experimental.service
dispatcher = service.DispatchServer()
settings = service.WorkerConfig(dispatcher_address=dispatcher.target.partition("://")[2], heartbeat_interval_ms=100)
workers = [service.WorkerServer(settings) for _ in range(2)]
print(dispatcher.target, flush=True)
for line in sys.stdin:
    print(*(worker._num_tasks() for worker in workers), flush=True)
"""


@pytest.fixture
def service():
    """A dispatcher and two workers of tf.data in a process of their own.

    It is killed at the end: TensorFlow 2.21's workers at times wait for ever when they are asked to stop.
    """
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with subprocess.Popen([sys.executable, "-c", SERVICE], **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_two_input_workers_of_tf_data_service(folder, service):
    keras.utils.set_random_seed(0)  # workers draw for themselves nevertheless
    target = service.stdout.readline().strip()

    def mapped(batch, seeds):
        return batch[0] + 0 * data.uniform(seeds, 1)[:, :, None], batch[1], seeds

    dataset = data.read_records(folder, 4, buffer=8, map=mapped, service=target)
    assert len(dataset) == 9
    seen, drawn = [], set()
    for _ in range(3):  # as `fit` does
        batches = list(dataset)
        assert len(batches) == 9
        for x, numbers, seeds in batches:
            np.testing.assert_array_equal(x, np.broadcast_to(numbers.numpy()[:, None, None], x.shape))
            seen += numbers.numpy().tolist()
            drawn |= {tuple(seed) for seed in seeds.numpy().tolist()}
    assert 30 < len(set(seen)) <= 37
    assert len(drawn) == len(seen) == 3 * 36
    print(file=service.stdin, flush=True)
    assert all(int(tasks) for tasks in service.stdout.readline().split())
    with pytest.raises(ValueError, match="`service` is for training"):
        data.read_records(folder, 4, shuffle=False, service=target)


@pytest.mark.parametrize(
    ("harm", "verify", "message"),
    [
        (lambda folder: (folder / "8.tfrecord").unlink(), False, "8.tfrecord is missing"),
        (lambda folder: (folder / "8.tfrecord").write_bytes(b"x"), False, "8.tfrecord is 1 of"),
        (lambda folder: flip(folder / "8.tfrecord"), True, "8.tfrecord is damaged"),
        (lambda folder: (folder / "manifest.json").unlink(), False, "holds no manifest.json"),
        (lambda folder: (folder / "manifest.json").write_text("{"), False, "manifest.json is damaged"),
    ],
)
def test_damage_is_named(folder, harm, verify, message):
    harm(folder)
    with pytest.raises(ValueError, match=message):
        data.read_records(folder, 4, verify=verify)


def flip(path):
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes(content)


def test_too_few_samples_are_named(folder):
    with pytest.raises(ValueError, match="too few samples.*37 samples in 5 shards, batch_size=38"):
        data.read_records(folder, 38)


def test_samples_of_another_form_are_refused(tmp_path):
    with pytest.raises(ValueError, match="Sample 1 is of another form"):
        data.write_records(tmp_path / "x", [np.zeros(3), np.zeros(4)])
    with pytest.raises(ValueError, match="no sample"):
        data.write_records(tmp_path / "x", [])
    assert not list(tmp_path.iterdir())
