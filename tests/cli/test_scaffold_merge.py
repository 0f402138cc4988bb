import random
import subprocess

import pytest

from keras_transfer.cli.scaffold_merge import merge

BASE = b"one\ntwo\nthree\nfour\nfive\n"


def test_changes_of_one_side_are_taken():
    assert merge(BASE, BASE, BASE.replace(b"two", b"2")) == (BASE.replace(b"two", b"2"), 0)
    assert merge(BASE, BASE.replace(b"two", b"2"), BASE) == (BASE.replace(b"two", b"2"), 0)


def test_changes_apart_are_both_taken():
    mine, theirs = BASE.replace(b"one", b"1"), BASE.replace(b"five\n", b"5\nsix\n")
    assert merge(BASE, mine, theirs) == (b"1\ntwo\nthree\nfour\n5\nsix\n", 0)


def test_the_same_change_is_taken_once():
    same = BASE.replace(b"two\n", b"2\n2b\n")
    assert merge(BASE, same, same) == (same, 0)


def test_a_conflict_shows_both_and_no_more():
    mine, theirs = BASE.replace(b"two\nthree", b"2\n3"), BASE.replace(b"two\nthree", b"2\nIII")
    merged, conflicts = merge(BASE, mine, theirs, (b"yours", b"template 2"))
    assert conflicts == 1
    assert merged == b"one\n2\n<<<<<<< yours\n3\n=======\nIII\n>>>>>>> template 2\nfour\nfive\n"


def test_a_last_line_without_an_end_stays_apart_from_the_markers():
    merged, conflicts = merge(b"a\nb", b"a\nc", b"a\nd")
    assert (merged, conflicts) == (b"a\n<<<<<<< yours\nc\n=======\nd\n>>>>>>> template\n", 1)
    assert merge(b"a\nb", b"a\nb", b"a\nd") == (b"a\nd", 0)


def test_windows_line_ends():
    merged, conflicts = merge(b"a\r\nb\r\n", b"a\r\nc\r\n", b"a\r\nd\r\n")
    assert conflicts == 1
    assert merged.count(b"\r\n") == merged.count(b"\n")


def edit(generator, lines):
    lines = list(lines)
    for _ in range(generator.randint(0, 4)):
        at, length = generator.randint(0, len(lines)), generator.randint(1, 3)
        new = draw(generator, length)
        lines[at : at + generator.choice((0, length))] = generator.choice(([], new))
    return lines


def draw(generator, length):
    return [b"%s %d\n" % (generator.choice((b"alpha", b"beta", b"")), generator.randint(0, 999)) for _ in range(length)]


@pytest.mark.parametrize("part", range(4))
def test_agrees_with_git_merge_file(tmp_path, part):
    """Git's result is the reference: the same text where both merge, and conflicts in the same cases.

    Few lines are alike: where many are, texts line up in several ways, and each diff picks its own.
    """
    seen = {True: 0, False: 0}
    for seed in range(part * 75, part * 75 + 75):
        generator = random.Random(seed)
        base = draw(generator, generator.randint(0, 30))
        mine = edit(generator, base)
        theirs = edit(generator, mine if generator.random() < 0.2 else base)
        texts = {name: b"".join(lines) for name, lines in (("mine", mine), ("base", base), ("theirs", theirs))}
        for name, text in texts.items():
            (tmp_path / name).write_bytes(text)
        command = ["git", "merge-file", "-p", "--quiet", "mine", "base", "theirs"]
        git = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        merged, conflicts = merge(texts["base"], texts["mine"], texts["theirs"])
        assert (conflicts > 0) == (git.returncode != 0), seed
        seen[conflicts > 0] += 1
        if not conflicts:
            assert merged == git.stdout, seed
    assert min(seen.values()) > 10
