"""Scores by the names that people read."""

_WRITTEN = {"rouge_l": "ROUGE-L", "rouge_1": "ROUGE-1", "rouge_2": "ROUGE-2", "bleu": "BLEU", "chrf": "chrF"}


def score_name(name):
    """What a score is called in tables and sentences.

    Args:
        name: As in the dicts of scores, such as `"macro_f1"`.

    Example:
        >>> score_name("entity_f1")
        'entity F1'
    """
    if name in _WRITTEN:
        return _WRITTEN[name]
    return (
        name.replace("zero_shot", "zero-shot").replace("macro_f1", "macro-F1").replace("_f1", " F1").replace("_", " ")
    )
