"""How near written texts come to those that were wanted."""

import re

import numpy as np

SINGLE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
_TOKEN = re.compile(rf"[{SINGLE}]|[^\W{SINGLE}]+")
_UNSPACED = re.compile(f"[{SINGLE}]")


class _Words:
    """Words of any script, one by one the characters of scripts that set no spaces: ROUGE's own sees a to z alone."""

    def tokenize(self, text):
        return _TOKEN.findall(text.lower())


def text_scores(wanted, written):
    """ROUGE-L, ROUGE-1 and ROUGE-2 (F1, by the package rouge-score), BLEU and chrF (by sacreBLEU), each in 0..1.

    BLEU counts words as WMT does (13a), of Chinese and Japanese texts characters. Comparable are figures of one data set alone.

    Args:
        wanted: List of texts.
        written: For each the text that was written.

    Returns:
        `{"rouge_l": float, "rouge_1": float, "rouge_2": float, "bleu": float, "chrf": float}`.

    Raises:
        ImportError: if rouge-score or sacrebleu is not installed.
        ValueError: if there are no texts, or not as many of the one as of the other.

    Example:
        >>> keras_transfer.metrics.text_scores(["a cat sat"], ["a cat lay"])["rouge_1"]
        0.6666666666666666

    Reference: [Lin, 2004](https://aclanthology.org/W04-1013), [Post, 2018](https://arxiv.org/abs/1804.08771)
    """
    wanted, written = list(wanted), list(written)
    if not wanted or len(wanted) != len(written):
        raise ValueError(f"There must be one written text for each wanted. Received: {len(wanted)} and {len(written)}")
    sacrebleu = _packages()[1]
    found = rouge(wanted, written)
    unspaced = any(_UNSPACED.search(text) for text in wanted)
    bleu = sacrebleu.corpus_bleu(written, [wanted], tokenize="zh" if unspaced else "13a")
    chrf = sacrebleu.corpus_chrf(written, [wanted])
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return {**means, "bleu": bleu.score / 100, "chrf": chrf.score / 100}


def rouge(wanted, written):
    """F1 of each text: dict of `rouge_l`, `rouge_1`, `rouge_2`, floats of shape `(texts,)`."""
    scorer = _packages()[0].RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Words())
    each = [scorer.score(one, other) for one, other in zip(wanted, written, strict=True)]
    names = {"rouge_l": "rougeL", "rouge_1": "rouge1", "rouge_2": "rouge2"}
    return {ours: np.array([score[theirs].fmeasure for score in each]) for ours, theirs in names.items()}


def _packages():
    try:
        import sacrebleu
        from rouge_score import rouge_scorer
    except ImportError as error:
        raise ImportError(
            "Scores of written texts need rouge-score and sacrebleu: pip install 'keras_transfer[writing]'. "
            f"Missing: {error.name}"
        ) from error
    return rouge_scorer, sacrebleu
