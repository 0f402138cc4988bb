import json

import pytest

from keras_transfer.data import audit_table

GOOD = "age,city,label\n31,Rome,x\n45,Oslo,y\n52,Rome,x\n"


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_sound_table(tmp_path):
    report = audit_table(write(tmp_path / "a.csv", GOOD))
    assert report.ok and report.rows == 3 and report.columns == {"age": "number", "city": "text"}
    assert report.labels == {"x": 2, "y": 1} and report.missing == {} and report.constant == ()
    assert json.loads(json.dumps(report.as_dict()))["ok"] is True
    assert str(report).endswith("Nothing to complain of.")


def test_rows_that_came_before(tmp_path):
    path = write(tmp_path / "a.csv", "age,label,city\n1,x,a\n1,y,a\n1,x,a\n2,x,a\n")
    report = audit_table(path)
    assert report.duplicates == ((f"{path}:2", f"{path}:3"), (f"{path}:2", f"{path}:4"))
    assert report.conflicts == ((f"{path}:2", f"{path}:3"),) and report.leaks == () and report.constant == ("city",)
    assert not report.ok


def test_rows_in_two_parts(tmp_path):
    one, two = (write(tmp_path / f"{name}.csv", GOOD) for name in ("one", "two"))
    assert len(audit_table({"labelled": one, "test": two}).leaks) == 3
    assert audit_table({"unlabelled": one, "labelled": two}).leaks == ()


def test_columns_may_stand_in_another_order_and_lack_the_label(tmp_path):
    one = write(tmp_path / "one.csv", GOOD)
    two = write(tmp_path / "two.csv", "city,age\nRome,31\n")
    assert audit_table({"labelled": one, "test": two}).leaks == ((f"{one}:2", f"{two}:2"),)


def test_cells_without_a_value_and_cells_that_are_no_numbers(tmp_path):
    rows = [f"{i},1.5" for i in range(30)] + ["thirty,nan", ",inf", "32,n/a"]
    path = write(tmp_path / "a.csv", "\n".join(["a,b", *rows]) + "\n")
    report = audit_table(path)
    assert report.missing == {"a": 1, "b": 3}
    assert report.odd == ((f"{path}:32", "a = 'thirty'"),)
    assert not report.ok and "a = 'thirty'" in str(report)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a,b\n1\n", ":2", "has 1 fields, the header 2"),
        ("a,a\n1,2\n", ":1", "names the column 'a' twice"),
        ("a,\n1,2\n", ":1", "must name every column"),
        ("", ":1", "must name every column"),
        ('a,b\n1,"2\n', ":2", "is not valid CSV"),
        (b"a,b\n1,\xff\n", ":1", "not valid UTF-8"),
    ],
)
def test_what_cannot_be_used_is_placed(text, place, said, tmp_path):
    path = write(tmp_path / "a.csv", text)
    report = audit_table(path)
    assert not report.ok and report.unusable[0][0] == f"{path}{place}" and said in report.unusable[0][1]


def test_tables_with_other_columns(tmp_path):
    one, two = write(tmp_path / "one.csv", GOOD), write(tmp_path / "two.csv", "age,town\n1,Rome\n")
    report = audit_table({"labelled": one, "test": two})
    assert report.unusable == ((f"{two}:1", "has other columns than the first table; they differ in city, town"),)


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no table at .*nowhere.csv"):
        audit_table(tmp_path / "nowhere.csv")
