import json
import os

import numpy as np
import pytest
from PIL import Image

from keras_transfer import data

RNG = np.random.default_rng(0)


def save(path, array=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    array = RNG.integers(0, 256, (8, 9, 3), dtype=np.uint8) if array is None else array
    Image.fromarray(array).save(path)
    return array


def test_counts_and_nothing_wrong(tmp_path):
    for name, count in (("cat", 3), ("dog", 2)):
        for i in range(count):
            save(tmp_path / "sorted" / name / f"{i}.png")
            save(tmp_path / "test" / name / f"{i}.png")
    save(tmp_path / "sorted" / "dog" / "grey.png", RNG.integers(0, 256, (5, 5), dtype=np.uint8))
    report = data.audit(labelled=tmp_path / "sorted", test=tmp_path / "test")
    part = report.parts["labelled"]
    assert report.ok and part.images == 6 and part.grey == 1
    assert part.classes == {"cat": 3, "dog": 3} and part.sizes == {"8 x 9": 5, "5 x 5": 1}
    assert part.duplicates == part.conflicts == part.unusable == report.shared == ()
    assert "Nothing to complain of." in str(report)


def test_everything_wrong_is_in_one_report(tmp_path):
    folder = tmp_path / "sorted"
    twice = save(folder / "cat" / "a.png")
    save(folder / "cat" / "again.bmp", twice)
    save(folder / "dog" / "other label.png", twice)
    save(folder / "dog" / "b.png")
    (folder / "dog" / "empty.png").write_bytes(b"")
    (folder / "dog" / "x.heic").write_bytes(b"x")
    (folder / "eel").mkdir()
    save(tmp_path / "test" / "cat" / "t.png", twice)
    save(tmp_path / "test" / "fox" / "t.png")
    report = data.audit(tmp_path / "nowhere", folder, test=tmp_path / "test")
    part = report.parts["labelled"]
    assert not report.ok
    assert "does not exist" in report.parts["unlabelled"].error
    assert sorted(os.path.basename(path) for path, _ in part.unusable) == ["eel", "empty.png", "x.heic"]
    names = [sorted(os.path.basename(path) for path in group) for group in part.duplicates]
    assert names == [["a.png", "again.bmp", "other label.png"]]
    assert "a.png (cat)" in part.conflicts[0][0] and "other label.png (dog)" in part.conflicts[0][2]
    pair = (str(tmp_path / "test" / "cat" / "t.png"), str(folder / "cat" / "a.png"))
    assert report.shared == (("test", "labelled", (pair,)),) and report.unknown_classes == (("test", "fox"),)
    text = str(report)
    for said in (
        "3 cannot be used:",
        "empty.png is empty (0 bytes)",
        "1 groups of equal images with different labels",
        "1 test images are among the labelled ones",
        f"{pair[0]} is {pair[1]}",
        "test has the class 'fox', which no labelled image shows",
        "See above",
    ):
        assert said in text
    assert json.loads(json.dumps(report.as_dict()))["ok"] is False


def test_npz(tmp_path):
    x = RNG.integers(0, 256, (6, 4, 4), dtype=np.uint8)
    x[5] = x[0]
    labels = dict(y_labelled=[1, 0, 1, 0, 1, 0], y_test=[0, 1])
    np.savez(tmp_path / "a.npz", x_unlabelled=x, x_labelled=x, x_test=x[1:3], class_names=["no", "yes"], **labels)
    path = tmp_path / "a.npz"
    report = data.audit(path, path, path, path)
    assert report.parts["labelled"].duplicates == (("row 0", "row 5"),)
    assert report.parts["labelled"].conflicts == (("row 0 (yes)", "row 5 (no)"),)
    assert report.parts["test"].classes == {"no": 1, "yes": 1} and "validation" not in report.parts
    pairs = (("row 0", "row 1"), ("row 1", "row 2"))
    assert report.shared == (("test", "unlabelled", pairs), ("test", "labelled", pairs))


def test_one_class_is_a_fault(tmp_path):
    save(tmp_path / "cat" / "a.png")
    report = data.audit(labelled=tmp_path)
    assert not report.ok and "one class only" in str(report)


def test_long_lists_are_cut_in_text_alone(tmp_path):
    save(tmp_path / "good.png")
    for i in range(30):
        (tmp_path / f"{i}.png").write_bytes(b"")
    report = data.audit(tmp_path)
    assert len(report.parts["unlabelled"].unusable) == 30 and "and 10 more" in str(report)


def test_nothing_named():
    with pytest.raises(ValueError, match="nothing to audit"):
        data.audit()


def test_file_names_that_are_no_text(tmp_path):
    save(tmp_path / "good.png")
    with open(os.fsencode(tmp_path) + b"/bad\xff.png", "wb"):
        pass
    report = data.audit(tmp_path)
    assert report.parts["unlabelled"].unusable[0][0].endswith("bad\\udcff.png")
    str(report).encode("utf-8")
    with pytest.raises(ValueError, match="bad.*is empty") as caught:
        data.load_images(tmp_path)
    str(caught.value).encode("utf-8")


def test_progress_counts_every_file(tmp_path):
    for part in ("all", "test/a"):
        for i in range(3):
            save(tmp_path / part / f"{i}.png")
    (tmp_path / "all" / "bad.png").write_bytes(b"")
    told = []
    data.audit(tmp_path / "all", test=tmp_path / "test", progress=lambda done, total: told.append((done, total)))
    assert told == [(i, 7) for i in range(1, 8)]
