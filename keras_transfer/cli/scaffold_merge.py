"""Three-way merge of lines."""

from difflib import SequenceMatcher


def merge(base, mine, theirs, labels=(b"yours", b"template")):
    """Merge two descendants of one text, as `git merge-file` does.

    What only one side changed is taken from that side; what both changed alike is taken once; what both changed, each in
    its own way, is a conflict, and both stand in the result between `<<<<<<<`, `=======` and `>>>>>>>`.

    Args:
        base: The common ancestor, in `bytes`, as are all.
        mine: One descendant.
        theirs: The other.
        labels: Names of the two, for conflicts.

    Returns:
        The merged text, and the number of conflicts.
    """
    base, mine, theirs = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    merged, conflicts, at = [], 0, 0
    for low, high, ours, others in _regions(_changes(base, mine), _changes(base, theirs)):
        merged += base[at:low]
        at = high
        left = _side(base, mine, ours, low, high)
        right = _side(base, theirs, others, low, high)
        if left == right or not others:
            merged += left
        elif not ours:
            merged += right
        else:
            conflicts += 1
            merged += _conflict(left, right, labels)
    return b"".join(merged + base[at:]), conflicts


def _changes(base, other):
    """Ranges that differ: (start and end in base, start and end in other)."""
    # difflib begins with the longest match anywhere, which may tear equal heads and tails apart.
    head, tail = _common_ends(base, other)
    matcher = SequenceMatcher(None, base[head : len(base) - tail], other[head : len(other) - tail], autojunk=False)
    return [tuple(head + index for index in code[1:]) for code in matcher.get_opcodes() if code[0] != "equal"]


def _common_ends(left, right):
    shorter = min(len(left), len(right))
    head = next((index for index in range(shorter) if left[index] != right[index]), shorter)
    tail = next((index for index in range(shorter - head) if left[-1 - index] != right[-1 - index]), shorter - head)
    return head, tail


def _regions(mine, theirs):
    """Ranges of the base in which changes of the two sides overlap or touch, with the changes of each."""
    pending = sorted([(change, 0) for change in mine] + [(change, 1) for change in theirs])
    while pending:
        low, high = pending[0][0][:2]
        sides = ([], [])
        while pending and pending[0][0][0] <= high:
            change, side = pending.pop(0)
            sides[side].append(change)
            high = max(high, change[1])
        yield low, high, *sides


def _side(base, other, changes, low, high):
    """What stands in `other` for the range of the base."""
    if not changes:
        return base[low:high]
    first, last = changes[0], changes[-1]
    return other[first[2] - (first[0] - low) : last[3] + (high - last[1])]


def _conflict(left, right, labels):
    head, tail = _common_ends(left, right)
    ours, others = left[head : len(left) - tail], right[head : len(right) - tail]
    line_end = b"\r\n" if any(line.endswith(b"\r\n") for line in left) else b"\n"
    marked = [b"<<<<<<< " + labels[0] + line_end, *_ended(ours, line_end), b"=======" + line_end]
    marked += [*_ended(others, line_end), b">>>>>>> " + labels[1] + line_end]
    return left[:head] + marked + left[len(left) - tail :]


def _ended(lines, line_end):
    """Lines of which the last, too, has an end."""
    return [*lines[:-1], lines[-1] if lines[-1].endswith((b"\n", b"\r")) else lines[-1] + line_end] if lines else []
