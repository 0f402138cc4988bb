import re
import struct
import zipfile

import h5py
import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from keras_transfer.encoders import ViT, small_cnn
from keras_transfer.transfer import CopyReport, classifier, copy_weights, layer_groups


def mlp(*widths, inputs=4, names=None, seed=0, name=None):
    keras.utils.set_random_seed(seed)
    names = names or [f"part{index}" for index in range(len(widths))]
    layers = [
        keras.layers.Dense(width, name=name, bias_initializer="random_normal")
        for width, name in zip(widths, names, strict=True)
    ]
    return keras.Sequential([keras.Input((inputs,)), *layers], name=name)


def cnn(seed, classes=3, channels=1):
    keras.utils.set_random_seed(seed)
    return classifier(small_cnn((8, 8, channels), width=4), classes)


def values(model):
    return {weight.path: weight.numpy() for weight in model.weights}


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def saved(model, kind, folder):
    path = folder / f"source{kind}"
    if kind == ".safetensors":
        save_file({weight.path: np.asarray(weight.numpy()) for weight in model.weights}, path)
    elif kind == ".keras":
        model.save(path)
    else:
        model.save_weights(path)
    return path


@pytest.mark.parametrize("kind", [None, ".keras", ".weights.h5", ".safetensors"])
def test_all_of_a_like_model_from_every_kind_of_source(kind, tmp_path):
    source, target = cnn(1), cnn(2)
    # `path` of a nested functional model's weight lacks the model's name: the file says what it says.
    renames = {r"^(stage|rescale)": r"small_cnn/\1"} if kind == ".safetensors" else None
    report = copy_weights(
        source if kind is None else saved(source, kind, tmp_path), target, renames=renames, strict=True
    )
    assert same(source, target)
    assert report.share == 1 and not report.missing and not report.mismatched and not report.unused
    assert len(report.moved) == len(target.weights)


def test_order_does_not_count_names_do():
    source = mlp(4, 4, names=["a", "b"], seed=1)
    target = mlp(4, 4, names=["b", "a"], seed=2)
    copy_weights(source, target)
    np.testing.assert_array_equal(target.get_layer("a").kernel, source.get_layer("a").kernel)
    np.testing.assert_array_equal(target.get_layer("b").bias, source.get_layer("b").bias)


@pytest.mark.parametrize("kind", [None, ".weights.h5"])
def test_a_removed_layer_does_not_shift_the_others(kind, tmp_path):
    # Keras's own load_weights loads the wrong layers here, in silence.
    source, target = mlp(4, 4, 4, names=["a", "b", "c"], seed=1), mlp(4, 4, names=["b", "c"], seed=2)
    report = copy_weights(source if kind is None else saved(source, kind, tmp_path), target)
    np.testing.assert_array_equal(target.get_layer("b").kernel, source.get_layer("b").kernel)
    np.testing.assert_array_equal(target.get_layer("c").kernel, source.get_layer("c").kernel)
    assert [name.split("/")[0] for name in report.unused] == ["a", "a"]


@pytest.mark.parametrize("kind", [None, ".weights.h5"])
def test_names_that_keras_numbers_count_by_order_and_only_if_there_are_as_many(kind, tmp_path):
    source = mlp(4, 4, names=[None, None], seed=1)
    given = source if kind is None else saved(source, kind, tmp_path)
    target = mlp(4, 4, names=[None, None], seed=2)
    assert source.layers[0].name != target.layers[0].name
    assert copy_weights(given, target).share == 1
    assert same(source, target)
    shorter = mlp(4, names=[None], seed=3)
    before = values(shorter)
    with pytest.raises(ValueError, match="Keras numbers `dense`, 2 in the source and 1 here"):
        copy_weights(given, shorter)
    assert all(np.array_equal(before[path], value) for path, value in values(shorter).items())
    last = source.layers[1]
    copy_weights(given, shorter, renames={rf"^{last.name}/": f"{shorter.layers[0].name}/"})
    np.testing.assert_array_equal(shorter.layers[0].kernel, last.kernel)


def test_what_does_not_fit_is_named_with_both_shapes():
    source, target = mlp(4, 5, seed=1), mlp(4, 6, seed=2)
    before = target.layers[1].get_weights()
    report = copy_weights(source, target)
    assert [row["target"] for row in report.moved] == ["part0/kernel", "part0/bias"]
    assert report.mismatched[0]["source_shape"] == (4, 5) and report.mismatched[0]["target_shape"] == (4, 6)
    assert report.share == 20 / 50
    assert all(np.array_equal(a, b) for a, b in zip(before, target.layers[1].get_weights(), strict=True))
    with pytest.raises(ValueError, match="2 of the weights asked for"):
        copy_weights(source, target, strict=True)


def test_patterns_and_renames():
    source, target = mlp(4, 4, 4, names=["x_a", "x_b", "x_c"], seed=1), mlp(4, 4, 4, names=["a", "b", "c"], seed=2)
    before = target.get_layer("b").bias.numpy()
    report = copy_weights(source, target, renames={"^x_": ""}, include=["a", "b/*"], exclude=re.compile("bias$"))
    assert [row["target"] for row in report.moved] == ["a/kernel", "b/kernel"]
    assert report.left_out == ("a/bias", "b/bias", "c/kernel", "c/bias") and not report.unused
    np.testing.assert_array_equal(target.get_layer("b").kernel, source.get_layer("x_b").kernel)
    np.testing.assert_array_equal(target.get_layer("b").bias, before)
    with pytest.raises(ValueError, match="'d\\*' matches no weight"):
        copy_weights(source, target, include="d*")
    with pytest.raises(ValueError, match="Two weights of the source are called"):
        copy_weights(source, target, renames={"^x_.": "a"})


def test_parts():
    source, target = cnn(1), cnn(2)
    head = target.get_layer("head").get_weights()
    assert {row["target"].split("/")[0] for row in copy_weights(source, target, part="body").moved} == {"small_cnn"}
    assert np.array_equal(target.get_layer("head").kernel, head[0])
    bare = small_cnn((8, 8, 1), width=4)
    report = copy_weights(source, bare, part="encoder", strict=True)
    assert (
        report.share == 1
        and same(bare, source.get_layer("small_cnn"))
        and report.moved[0]["target"] == "stage1_conv1/kernel"
    )


@pytest.mark.parametrize("kind", [".keras", ".weights.h5"])
def test_encoder_out_of_a_file(kind, tmp_path):
    source, bare = cnn(1), small_cnn((8, 8, 1), width=4, name="other")
    copy_weights(saved(source, kind, tmp_path), bare, part="encoder", strict=True)
    assert same(bare, source.get_layer("small_cnn"))


def test_encoder_out_of_safetensors_with_dots(tmp_path):
    source, target = small_cnn((8, 8, 1), width=4), cnn(2)
    names = {f"encoder.{weight.path.replace('/', '.')}": weight.numpy() for weight in source.weights}
    save_file({**names, "projector.kernel": np.ones((2, 2), np.float32)}, tmp_path / "a.safetensors")
    copy_weights(tmp_path / "a.safetensors", target, part="encoder", strict=True)
    assert same(source, target.get_layer("small_cnn"))


def test_first_groups_and_layers():
    source, target = cnn(1), cnn(2)
    report = copy_weights(source, target, first_groups=1)
    lowest = {layer.name for layer in layer_groups(target)[-1]}
    assert {row["target"].split("/")[1] for row in report.moved} == lowest
    target = cnn(2)
    moved = {row["target"] for row in copy_weights(source, target, first_layers=1).moved}
    assert "small_cnn/stage1_conv1/kernel" in moved and "small_cnn/stage1_norm1/gamma" in moved and len(moved) == 5
    with pytest.raises(ValueError, match="first_groups=9"):
        copy_weights(source, target, first_groups=9)


def vit(size, seed, token=True):
    keras.utils.set_random_seed(seed)
    return ViT((size, size, 1), 4, (8, 1, 2), class_token=token, positions="learned")


def test_positions_are_interpolated():
    source, target = vit(16, 1), vit(24, 2)
    rows, columns = np.meshgrid(np.arange(4.0), np.arange(4.0), indexing="ij")
    plane = np.stack([rows, columns, rows + columns, np.ones((4, 4))] * 2, axis=-1).reshape(1, 16, 8)
    source.get_layer("patches").place.assign(plane)
    assert copy_weights(source, vit(24, 3)).mismatched[0]["target"] == "patches/positions"
    report = copy_weights(source, target, resize="positions", strict=True)
    assert "positions interpolated" in {row["how"] for row in report.moved}
    found = target.get_layer("patches").place.numpy().reshape(6, 6, 8)
    # A plane stays a plane, away from the edge: pixels' centres at (i + 0.5) 4/6 - 0.5.
    places = (np.arange(6) + 0.5) * 4 / 6 - 0.5
    np.testing.assert_allclose(found[2:4, :, 0], np.repeat(places[2:4, None], 6, axis=1), atol=1e-5)
    np.testing.assert_allclose(found[:, 2:4, 1], np.repeat(places[None, 2:4], 6, axis=0), atol=1e-5)
    np.testing.assert_allclose(found[..., 3], 1, atol=1e-6)
    np.testing.assert_array_equal(target.get_layer("class_token").token, source.get_layer("class_token").token)


class Places(keras.layers.Layer):
    def __init__(self, places, **kwargs):
        super().__init__(**kwargs)
        self.position_embedding = self.add_weight(shape=(1, places, 3), initializer="random_normal", name="position")


def test_class_tokens_place_is_kept_and_grids_may_be_given():
    source, target = Places(1 + 9), Places(1 + 16)
    copy_weights(source, target, resize=["positions"])
    np.testing.assert_array_equal(target.position_embedding[0, 0], source.position_embedding[0, 0])
    oblong = Places(6)
    with pytest.raises(ValueError, match="see `grids`"):
        copy_weights(oblong, Places(12), resize=["positions"])
    copy_weights(oblong, Places(12), resize=["positions"], grids=((2, 3), (3, 4)), strict=True)


@pytest.mark.parametrize(("given", "wanted"), [(3, 1), (1, 3), (3, 4), (4, 3), (2, 6)])
def test_channels_that_are_alike_give_the_same_response(given, wanted):
    source, target = cnn(1, channels=given), cnn(2, channels=wanted)
    report = copy_weights(source, target, resize="channels", strict=True)
    assert report.share == 1
    grey = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    expected = source(np.repeat(grey, given, -1), training=False)
    np.testing.assert_allclose(target(np.repeat(grey, wanted, -1), training=False), expected, atol=1e-5)


def test_channels_of_patches():
    keras.utils.set_random_seed(0)
    source, target = (ViT((8, 8, channels), 4, (8, 1, 2)) for channels in (3, 1))
    copy_weights(source, target, resize="channels", strict=True)
    grey = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    np.testing.assert_allclose(target(grey), source(np.repeat(grey, 3, -1)), atol=1e-5)
    # Patches of another size are no other channels.
    other = ViT((8, 8, 4), 2, (8, 1, 2))
    assert "patches/project/kernel" not in [
        row["target"] for row in copy_weights(source, other, resize="channels").moved
    ]


def test_shared_words_keep_their_rows():
    def language(words, seed):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((3,), dtype="int32")
        hidden = keras.layers.Embedding(words, 5, name="embedding")(inputs)
        return keras.Model(inputs, keras.layers.Dense(words, name="words", bias_initializer="normal")(hidden))

    old, new = ["a", "b", "c"], ["c", "x", "a", "y"]
    source, target = language(3, 1), language(4, 2)
    before = values(target)
    report = copy_weights(source, target, vocabulary={"embedding": (old, new), "words": (old, new)}, strict=True)
    assert report.moved[0]["how"] == "rows of 2 shared words of 4"
    table, fresh = target.get_layer("embedding").embeddings.numpy(), before["embedding/embeddings"]
    np.testing.assert_array_equal(table[[0, 2]], source.get_layer("embedding").embeddings.numpy()[[2, 0]])
    np.testing.assert_array_equal(table[[1, 3]], fresh[[1, 3]])
    head = source.get_layer("words")
    np.testing.assert_array_equal(target.get_layer("words").kernel.numpy()[:, [0, 2]], head.kernel.numpy()[:, [2, 0]])
    np.testing.assert_array_equal(target.get_layer("words").bias.numpy()[[0, 2]], head.bias.numpy()[[2, 0]])
    with pytest.raises(ValueError, match="no axis for vocabularies of 2 and 4 words"):
        copy_weights(source, target, vocabulary={"embedding": (old[:2], new)}, strict=True)


def test_vocabularies_of_one_size_are_remapped_too():
    source, target = (keras.layers.Embedding(3, 5, name="e") for _ in range(2))
    source.build(), target.build()
    copy_weights(source, target, vocabulary={"*": (["a", "b", "c"], ["b", "c", "a"])})
    np.testing.assert_array_equal(target.embeddings, source.embeddings.numpy()[[1, 2, 0]])


def test_an_error_in_the_middle_leaves_the_target_as_it_was(monkeypatch):
    source, target = mlp(4, 4, 4, seed=1), mlp(4, 4, 4, seed=2)
    before = values(target)
    third, stock = target.weights[3], keras.Variable.assign

    def assign(self, value):
        if self is third and not np.array_equal(value, before[third.path]):
            raise MemoryError("in the middle")
        return stock(self, value)

    monkeypatch.setattr(keras.Variable, "assign", assign)
    with pytest.raises(MemoryError):
        copy_weights(source, target)
    assert all(np.array_equal(before[path], value) for path, value in values(target).items())


def test_values_that_are_not_finite_are_refused():
    source, target = mlp(4, 4, seed=1), mlp(4, 4, seed=2)
    source.layers[1].bias.assign([0, np.nan, 0, 0])
    before = values(target)
    with pytest.raises(ValueError, match="part1/bias.*NaN"):
        copy_weights(source, target)
    assert all(np.array_equal(before[path], value) for path, value in values(target).items())


def test_report_is_saved_and_printed(tmp_path, capsys):
    source, target = mlp(4, 5, 3, seed=1), mlp(4, 6, seed=2)
    report = copy_weights(source, target)
    report.save(tmp_path / "transfer.json")
    assert CopyReport.load(tmp_path / "transfer.json") == report
    report.print()
    printed = capsys.readouterr().out
    assert "mismatched" in printed and "part2/kernel" in printed and "part0" not in printed
    assert "2 moved, 2 mismatched, 0 missing, 2 unused: 40.0% of 50 parameters moved." in printed
    assert "part0/kernel" in str(report)


def test_half_precision_and_batch_norm_statistics(tmp_path):
    keras.utils.set_random_seed(0)
    source = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, name="a", dtype="bfloat16"),
            keras.layers.BatchNormalization(name="n"),
        ]
    )
    source.get_layer("n").moving_mean.assign([1.0, 2.0, 3.0])
    path = saved(source, ".weights.h5", tmp_path)
    target = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name="a"), keras.layers.BatchNormalization(name="n")]
    )
    copy_weights(path, target, strict=True)
    np.testing.assert_array_equal(target.get_layer("n").moving_mean, [1, 2, 3])
    np.testing.assert_array_equal(target.get_layer("a").kernel, keras.ops.cast(source.get_layer("a").kernel, "float32"))


def test_a_file_of_layers_with_other_weights_is_not_guessed_at(tmp_path):
    def norm(scale):
        return keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(4, name="a"), keras.layers.BatchNormalization(scale=scale, name="n")]
        )

    report = copy_weights(saved(norm(True), ".weights.h5", tmp_path), norm(False))
    assert [row["target"] for row in report.missing] == ["n/beta", "n/moving_mean", "n/moving_variance"]
    assert "4 weights for this layer, without names, and it has 3 here" in report.missing[0]["reason"]


def hostile(kind, folder):
    good = saved(mlp(4, 4), ".weights.h5", folder)
    path = folder / ("bad.safetensors" if "tensors" in kind else "bad.keras" if "keras" in kind else "bad.weights.h5")
    if kind == "h5: cut":
        path.write_bytes(good.read_bytes()[:900])
    elif kind == "h5: text":
        path.write_text("no weights")
    elif kind == "tensors: cut":
        save_file({"part0/kernel": np.ones((4, 4), np.float32)}, path)
        path.write_bytes(path.read_bytes()[:-8])
    elif kind == "tensors: header":
        path.write_bytes(struct.pack("<Q", 10**12) + b"{}")
    elif kind == "keras: no zip":
        path.write_text("no zip")
    elif kind == "keras: code":
        model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2)])
        model.save(path)
    elif kind == "keras: cut":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", "{")
    else:
        with h5py.File(path, "w") as file:
            weights = file.create_group("layers/dense/vars")
            weights.attrs["name"] = "part0"
            if kind == "h5: link":
                weights["0"] = h5py.ExternalLink("/etc/passwd", "x")
            elif kind == "h5: external":
                weights.create_dataset("0", (4, 4), "f4", external=[("/etc/passwd", 0, 64)])
            elif kind == "h5: words":
                weights["0"] = ["a", "b"]
            elif kind == "h5: bomb":
                weights.create_dataset("0", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024), compression="gzip")
            elif kind == "h5: circle":
                file["layers/dense/again"] = file["layers"]
    return path


KINDS = ["cut", "text", "link", "external", "words", "bomb", "circle"]


@pytest.mark.parametrize(
    "kind",
    [*(f"h5: {k}" for k in KINDS), "tensors: cut", "tensors: header", "keras: no zip", "keras: code", "keras: cut"],
)
def test_damaged_and_hostile_files_are_refused(kind, tmp_path):
    path, target = hostile(kind, tmp_path), mlp(4, 4, seed=2)
    before = values(target)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        copy_weights(path, target)
    assert all(np.array_equal(before[p], value) for p, value in values(target).items())


def test_pickles_are_refused_and_missing_files_named(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"")
    with pytest.raises(ValueError, match="run code when they are opened"):
        copy_weights(tmp_path / "model.pt", mlp(4))
    with pytest.raises(FileNotFoundError, match="nothing.keras"):
        copy_weights(tmp_path / "nothing.keras", mlp(4))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(part="head"), "part='head'"),
        (dict(resize=["vocabulary"]), "resize="),
        (dict(first_groups=1, first_layers=1), "not both"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        copy_weights(mlp(4), mlp(4), **arguments)
