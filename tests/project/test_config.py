import copy
import pickle

import pytest

from keras_transfer.project import Config


@pytest.fixture
def config():
    return Config({"train": {"epochs": 3, "sizes": [1, 2]}, "name": "x"}, {"train.epochs": "config.yaml:1:2"})


def test_access(config):
    assert config.train.epochs == config["train.epochs"] == config["train"]["epochs"] == 3
    assert config.train.sizes == (1, 2)
    assert config.flat() == {"train.epochs": 3, "train.sizes": (1, 2), "name": "x"}
    assert config.train.where("epochs") == config.where("train.epochs") == "config.yaml:1:2"
    assert "train" in dir(config)


def test_unknown_names_are_named(config):
    with pytest.raises(AttributeError, match=r"no `train.epoch`; did you mean `epochs`"):
        _ = config.train.epoch
    with pytest.raises(AttributeError, match=r"no `zzz`; it has train, name"):
        _ = config["zzz"]
    with pytest.raises(AttributeError):
        config.where("train.zzz")


def test_read_only(config):
    with pytest.raises(AttributeError, match=r"config.replace\(\{'train.epochs'"):
        config.train.epochs = 4
    with pytest.raises(TypeError):
        config.train.sizes[0] = 5
    config.to_dict()["train"]["epochs"] = 9
    assert config.train.epochs == 3


def test_replace_makes_another(config):
    other = config.replace({"train.epochs": 4})
    assert (config.train.epochs, other.train.epochs, other.name) == (3, 4, "x")
    assert other.where("train.epochs") == "replaced"
    assert config != other
    with pytest.raises(AttributeError, match="did you mean"):
        config.replace({"train.epoch": 4})


def test_copies(config):
    for twin in (copy.copy(config), copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert twin == config
        assert twin.where("train.epochs") == config.where("train.epochs")


def test_plain_forms(config):
    assert config.to_dict() == {"train": {"epochs": 3, "sizes": [1, 2]}, "name": "x"}
    assert config.to_yaml() == "train:\n  epochs: 3\n  sizes:\n  - 1\n  - 2\nname: x\n"
