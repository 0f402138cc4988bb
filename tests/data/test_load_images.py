import numpy as np
import pytest

from keras_transfer import data
from tests.data.pictures import arrays, npz, picture, save


def load_all(path, **options):
    return data.load_images(path, path, path, path, **options)


# -- the default --


def test_default_is_disjoint_complete_and_stratified():
    images = data.load_images()
    assert images.image_shape == (8, 8, 1) and images.classes == 10 and images.x_validation is None
    assert np.bincount(images.y_labelled).tolist() == [5] * 10
    counts = np.bincount(images.y_test)
    assert counts.min() >= 52 and counts.max() <= 55
    assert len(images.x_unlabelled) + len(images.x_labelled) + len(images.x_test) == 1797
    everything = np.concatenate([images.x_unlabelled, images.x_labelled, images.x_test])
    assert len(np.unique(everything.reshape(1797, -1), axis=0)) == 1797
    assert everything.max() == 255 and "scikit-learn" in images.summary()


def test_default_in_another_size():
    assert data.load_images(image_size=16).x_test.shape == (539, 16, 16, 1)


# -- .npz --


def test_one_npz_for_all(tmp_path):
    given = arrays()
    images = load_all(npz(tmp_path, **given))
    np.testing.assert_array_equal(images.x_unlabelled[..., 0], given["x_unlabelled"])
    np.testing.assert_array_equal(images.y_test, [2, 1, 0, 0])
    assert images.class_names == ("0", "1", "2") and images.y_labelled.dtype == np.int32
    assert "no validation set" in images.notes[0]


def test_validation_from_the_npz(tmp_path):
    path = npz(tmp_path, x_validation=picture((28, 28), 2).transpose(2, 0, 1), y_validation=np.array([1, 0]))
    images = load_all(path)
    assert images.x_validation.shape == (2, 28, 28, 1) and images.y_validation.tolist() == [1, 0]


def test_colour_and_trailing_channel(tmp_path):
    one = npz(tmp_path, **{k: np.stack([v] * 3, -1) for k, v in arrays().items() if k[0] == "x"})
    assert load_all(one).image_shape == (28, 28, 3)
    two = npz(tmp_path, **{k: v[..., None] for k, v in arrays().items() if k[0] == "x"})
    assert load_all(two).image_shape == (28, 28, 1)


@pytest.mark.parametrize(
    ("convert", "said"),
    [
        (lambda x: (x / 255).astype("float32"), "taken as 0 to 1"),
        (lambda x: x.astype("float64"), "taken as 0 to 255"),
        (lambda x: x.astype("int64"), "taken as 0 to 255"),
        (lambda x: x.astype("uint16") * 257, "16-bit"),
    ],
)
def test_pixels_in_other_ranges(tmp_path, convert, said):
    given = arrays()
    images = load_all(npz(tmp_path, **{k: convert(v) if k[0] == "x" else v for k, v in given.items()}))
    np.testing.assert_array_equal(images.x_unlabelled[..., 0], given["x_unlabelled"])
    assert said in " ".join(images.notes)


def test_booleans_and_zero_one_bytes_become_black_and_white(tmp_path):
    for dtype in (bool, np.uint8):
        x = (arrays()["x_unlabelled"] > 99).astype(dtype)
        assert set(np.unique(load_all(npz(tmp_path, x_unlabelled=x)).x_unlabelled)) == {0, 255}


@pytest.mark.parametrize(
    ("labelled", "test", "names", "numbers"),
    [
        ([7, -1, 7, 30, 30, -1], [30, 7, -1, 7], ("-1", "7", "30"), [2, 1, 0, 1]),
        (["b", "a", "b", "c", "c", "a"], ["c", "b", "a", "b"], ("a", "b", "c"), [2, 1, 0, 1]),
        ([[1.0], [0.0], [1.0], [2.0], [2.0], [0.0]], [2, 1, 0, 1], ("0", "1", "2"), [2, 1, 0, 1]),
        ([b"b", b"a", b"b", b"c", b"c", b"a"], ["c", "b", "a", "b"], ("a", "b", "c"), [2, 1, 0, 1]),
    ],
)
def test_labels_of_any_kind(tmp_path, labelled, test, names, numbers):
    images = load_all(npz(tmp_path, y_labelled=np.array(labelled), y_test=np.array(test)))
    assert images.class_names == names and images.y_test.tolist() == numbers


@pytest.mark.parametrize("key", ["class_names", "classes"])
def test_class_names_in_the_npz(tmp_path, key):
    images = load_all(npz(tmp_path, **{key: np.array(["shoe", "bag", "hat"])}))
    assert images.class_names == ("shoe", "bag", "hat") and images.y_test.tolist() == [2, 1, 0, 0]


def test_a_part_in_another_npz_and_labelled_alone(tmp_path):
    path = npz(tmp_path)
    images = data.load_images(labelled=path, test=path)
    np.testing.assert_array_equal(images.x_unlabelled, images.x_labelled)
    assert "labelled ones are used for pretraining" in " ".join(images.notes)
    images = data.load_images(path)
    assert images.x_labelled is None and images.class_names == ()


def test_test_images_among_the_others_are_counted(tmp_path):
    given = arrays()
    given["x_unlabelled"][3] = given["x_test"][1]
    images = load_all(npz(tmp_path, **given))
    assert "1 of 4 test images are among the unlabelled ones, pixel by pixel." in images.notes


def test_missing_test_class_is_noted(tmp_path):
    images = load_all(npz(tmp_path, y_test=np.array([0, 0, 1, 1])))
    assert "has no image of 1 classes, such as '2'" in " ".join(images.notes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(x_labelled=None), r"`labelled` \(.*data.npz\) lacks the array `x_labelled`. Received arrays: x_unlabelled, y_lab"),
        (dict(y_test=None), r"`test` .* lacks the array `y_test`"),
        (dict(y_labelled=np.arange(5)), "`x_labelled` and `y_labelled` must have the same length. Received: 6 and 5"),
        (dict(x_test=np.zeros((4, 784))), r"`x_test` .* wrong shape. Received: \(4, 784\).*reshaped"),
        (dict(x_test=np.ones((4, 3, 28, 28))), r"Received: \(4, 3, 28, 28\).*channels first"),
        (dict(x_test=np.ones((4, 28, 28, 4))), r"Received: \(4, 28, 28, 4\).*opacity"),
        (dict(x_test=np.ones((0, 28, 28))), "holds no images"),
        (dict(x_test=np.full((4, 28, 28), "a")), "must hold numbers"),
        (dict(x_test=np.where(np.arange(4)[:, None, None] == 2, np.nan, np.ones((4, 28, 28)))), "NaN or infinite.*in image 2"),
        (dict(x_test=np.linspace(-1, 1, 4 * 784).reshape(4, 28, 28)), "unknown range. Received: -1 to 1 .*0 to 1 or 0 to 255"),
        (dict(x_test=np.linspace(0, 16, 4 * 784).reshape(4, 28, 28)), "unknown range. Received: 0 to 16"),
        (dict(x_test=np.linspace(0, 4000, 4 * 784).reshape(4, 28, 28)), "unknown range. Received: 0 to 4000"),
        (dict(x_test=np.zeros((4, 28, 28), np.uint8)), "black throughout"),
        (dict(x_test=np.ones((4, 32, 32))), r"different sizes. Received: .*28 x 28.*32 x 32. Give `image_size`"),
        (dict(y_test=np.array([0, 1, 2, 9])), "classes that the labelled part never shows. Received: '9'; known: '0', '1', '2'"),
        (dict(y_labelled=np.zeros(6, int)), "one class only. Received: '0'"),
        (dict(y_labelled=np.eye(6)), r"one label per image.*\(6, 6\).*argmax"),
        (dict(y_labelled=np.array([0, 1, 2, 0, 1, 0.5])), "whole numbers or strings. Received: 0.5 at row 5"),
        (dict(y_labelled=np.array(["a", "b", " ", "a", "b", "a"])), "empty label. Received: the first at row 2"),
        (dict(y_test=np.array([0, 1, 2, 3]), class_names=np.array(["a", "b", "c"])), "label without a name. Received: 3 at row"),
        (dict(y_labelled=np.array([0, 1, 2, 0, 1, {}], object)), "`y_labelled` cannot be read.*never opened"),
    ],
)  # fmt: skip
def test_bad_arrays_are_named(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        load_all(npz(tmp_path, **changes))


def test_damaged_npz_is_named(tmp_path):
    path = npz(tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", b"no zip", whole[: len(whole) // 2], whole[:500] + bytes(300) + whole[800:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"`unlabelled` \(.*data.npz\) cannot be read as an .npz"):
            load_all(path)


def test_missing_and_unknown_sources_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"`test` \(.*nowhere\) does not exist"):
        data.load_images(labelled=npz(tmp_path), test=tmp_path / "nowhere")
    (tmp_path / "a.parquet").write_text("x")
    with pytest.raises(ValueError, match=r"neither a folder nor a .csv nor an .npz.*'.parquet'"):
        data.load_images(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="`labelled` is missing"):
        data.load_images(npz(tmp_path), test=npz(tmp_path))


# -- CSV --


def table(folder, text, encoding="utf-8"):
    (folder / "list.csv").write_bytes(text.encode(encoding))
    return folder / "list.csv"


def test_csv(tmp_path):
    kept = [save(tmp_path / "im" / f"{i}.png") for i in range(3)]
    text = '\ufeffLabel,note,PATH\ncat,,im/0.png\n"dog, big","a\nb",im/1.png\ncat,x, im/2.png \n'
    images = data.load_images(labelled=table(tmp_path, text))
    np.testing.assert_array_equal(images.x_labelled, kept)
    assert images.class_names == ("cat", "dog, big") and images.y_labelled.tolist() == [0, 1, 0]
    images = data.load_images(table(tmp_path, f"path\nim/0.png\n{tmp_path}/im/2.png\n"))
    np.testing.assert_array_equal(images.x_unlabelled, [kept[0], kept[2]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"lacks the column 'path' in its first line. Received columns: \[\]; expected: path, label"),
        ("file,label\na,b\n", r"lacks the column 'path'.*\['file', 'label'\]"),
        ("path,class\na,b\n", "lacks the column 'label'"),
        ("path,label\n", "names no images"),
        ("path,label\na.png\n", r"list.csv:2: no value in the column 'label'"),
        ("path,label\na.png,x\nb.png,x,y\n", r"list.csv:3: more values than columns"),
        ("path,label\na.png,\n", r"list.csv:2: no value in the column 'label'"),
        ("path,label\na.png,x\na.png,y\n", r"list.csv:3: .*a.png was named before, in .*list.csv:2"),
        ('path,label\na.png,"x\n', r"list.csv:\d: not a CSV table"),
        ("path,label\na.png,x\nb.png,y\n", r"b.png does not exist \(named in .*list.csv:3\)"),
    ],
)
def test_bad_csv_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        data.load_images(labelled=table(tmp_path, text))


def test_csv_in_another_encoding_is_named(tmp_path):
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        data.load_images(labelled=table(tmp_path, "path,label\nä.png,ö\n", "latin-1"))
