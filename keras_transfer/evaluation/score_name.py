"""Scores by the names that people read."""


def score_name(name):
    """What a score is called in tables and sentences.

    Args:
        name: As in the dicts of scores, such as `"macro_f1"`.

    Example:
        >>> score_name("entity_f1")
        'entity F1'
    """
    return name.replace("macro_f1", "macro-F1").replace("_f1", " F1").replace("_", " ")
