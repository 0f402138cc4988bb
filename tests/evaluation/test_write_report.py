import json

from keras_transfer.evaluation import print_table, summary, write_report


def comparison():
    rows = [{"accuracy": 0.5 + seed / 10, "macro_f1": 0.4} for seed in range(3)]
    return {
        "test": {arm: summary(rows) for arm in ("majority", "random_encoder", "scratch", "probe", "finetuned")},
        "budgets": {"scratch": {"learning_rate": 1e-3, "epochs": 30, "tried": [(1e-3, 30, 0.5)]}},
        "seconds": {"scratch": 1.0},
        "confusion": [[3, 1], [0, 4]],
    }


def test_report_is_whole(tmp_path):
    names = ["<cat>", "dog"]
    write_report(tmp_path, comparison(), config={"run": {"seed": 0}}, seconds={"pretrain": 2.0}, class_names=names)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["test"]["finetuned"]["accuracy"]["seeds"] == [0.5, 0.6, 0.7]
    assert report["config"] == {"run": {"seed": 0}}
    assert report["seconds"] == {"pretrain": 2.0}
    page = (tmp_path / "report.html").read_text()
    assert "0.600 ± 0.100" in page
    assert "No clear difference" in page
    assert "<cat>" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]


def test_a_baseline_has_its_row(tmp_path):
    found = comparison()
    found["test"]["old & simple"] = found["test"]["majority"]
    report = write_report(tmp_path, found, config={}, seconds={}, class_names=["a", "b"])
    assert "old &amp; simple</td>" in (tmp_path / "report.html").read_text()
    assert "old & simple does as well" in report["verdict"]


def test_table_on_the_terminal(tmp_path, capsys):
    report = write_report(tmp_path, comparison(), config={}, seconds={}, class_names=["a", "b"])
    print_table(report)
    printed = capsys.readouterr().out
    assert "random encoder" in printed and "0.600 ± 0.100" in printed and report["verdict"][:20] in printed
