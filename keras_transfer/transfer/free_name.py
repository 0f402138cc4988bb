"""A name that nothing has yet."""


def free_name(taken, name):
    """The name, or with `#2`, `#3` ... behind it the first that is not taken: parts of a model may share one.

    Args:
        taken: Names, in anything that knows `in`.
        name: The name wished for.
    """
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free
