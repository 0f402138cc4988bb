"""Read a project's questions about texts."""

from keras_transfer.data.load_texts import HELD_OUT, PARTS, is_for, leaks, texts_to_pretrain_on
from keras_transfer.data.read_questions import holds_questions, read_questions
from keras_transfer.data.text_data import TextData
from keras_transfer.data.unusable import bad_list, each_once, left_out


def load_questions(unlabelled=None, labelled=None, validation=None, test=None, *, per="line", on_bad="error"):
    """Read texts to pretrain on, and questions whose answers stand in a text to fine-tune on, to choose by and to test on.

    Questions are read as by `data.read_questions`: SQuAD's `.json`, or `.jsonl`. Unlabelled texts are read as by
    `data.read_documents`; a file of questions serves too, by its texts and the questions themselves, without answers.
    In `.jsonl`, `split` says which part a question is for, as in `data.load_texts`.

    Args:
        unlabelled: Texts to pretrain on; None: those of the labelled questions.
        labelled: Questions to fine-tune on.
        validation: Questions to choose by.
        test: Questions for the final figures.
        per: As in `data.load_texts`.
        on_bad: As in `data.load_texts`.

    Returns:
        `TextData`. Its `x_labelled`, `x_validation` and `x_test` are lists of `(question, context)`, `y_*` lists of
        each one's right answers, tuples of `(begin, end)` in characters of the context, empty where it has none.

    Raises:
        ValueError: naming argument, file and line; what was found, what was expected, and what to do.

    Example:
        >>> questions = keras_transfer.data.load_questions("corpus.txt", "train-v2.0.json", test="dev-v2.0.json")
        >>> print(questions.summary())
    """
    bad = bad_list(on_bad)
    paths = dict(zip(PARTS, (unlabelled, labelled, validation, test), strict=True))
    if not labelled:
        raise ValueError("`labelled` is missing: name questions with their texts and answers.")
    read = {part: _questions_of(part, path, bad) for part, path in paths.items() if path and part != "unlabelled"}
    fields, notes = {}, []
    for part, found in read.items():
        fields[f"x_{part}"] = [(one.question, one.context) for one in found]
        fields[f"y_{part}"] = [one.answers for one in found]
    if not any(fields["y_labelled"]):
        raise ValueError(f"`labelled` ({labelled}) has no question with an answer: nothing could be learnt.")
    if unlabelled:
        fields["x_unlabelled"] = texts_to_pretrain_on(
            paths, per, bad, holds=holds_questions, read=read_questions, texts_of=_texts_in
        )
    else:
        fields["x_unlabelled"] = _texts_in(read["labelled"])
        notes.append("No unlabelled texts were named: those of the labelled questions are used for pretraining.")
    for part, found in read.items():
        without = sum(not one.answers for one in found)
        notes += [f"{without} of {len(found)} {part} questions have no answer in their text."] if without else []
    skipped = each_once(bad)
    notes = (*left_out(skipped), *notes, *leaks(fields), *_shared_contexts(read))
    return TextData(**fields, notes=notes, skipped=skipped)


def _questions_of(part, path, bad):
    """The questions of a file that are for this part."""
    found = [question for question in read_questions(path, bad) if is_for(part, question.split)]
    if not found:
        raise ValueError(f"`{part}` ({path}) holds no question for it. Check its key `split`.")
    return found


def _texts_in(questions):
    """Each text once, and each question."""
    return list(dict.fromkeys(text for one in questions for text in (one.context, one.question)))


def _shared_contexts(read):
    """Notes on held-out questions about texts that are asked about in another part."""
    notes = []
    for held_out in HELD_OUT:
        for part in ("labelled", "validation"):
            if part != held_out and held_out in read and part in read:
                known = {one.context for one in read[part]}
                shared = sum(one.context in known for one in read[held_out])
                if shared:
                    count = len(read[held_out])
                    notes.append(
                        f"{shared} of {count} {held_out} questions are about texts that {part} ones are about too."
                    )
    return notes
