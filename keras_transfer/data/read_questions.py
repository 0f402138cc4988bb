"""Questions about texts, with their answers, from files."""

import json
import re
from pathlib import Path

from keras_transfer.data.question import Question
from keras_transfer.data.read_documents import files_at, json_lines, lines_of
from keras_transfer.data.read_tagged import ending_of
from keras_transfer.data.unusable import unusable

ENDINGS = (".json", ".jsonl")
_EXPECTED = (
    "SQuAD's .json (data, paragraphs, qas), or a .jsonl with question, context and answers a line; each also .gz"
)
_HALF_A_SIGN = re.compile("[\ud800-\udfff]")
_SHOWN = 60


def read_questions(path, bad=None):
    """Read questions about texts, and where in these their answers stand, one after the other.

    - `.json`: as SQuAD 1.1 and 2.0 have it: `data`, in it `paragraphs` with a `context` and `qas`, each with
      `question`, `answers` (`text` and `answer_start` of each) and perhaps `id` and `is_impossible`.
    - `.jsonl`: an object a line with `question`, `context` and `answers`, either `{"text": [...], "answer_start":
      [...]}` or a list as in SQuAD; or one `answer`, with its `answer_start` unless the context has it just once.
      `id`, `is_impossible` and `split` may stand beside.
    - a folder: all such files in it and below.

    Each may be packed with gzip (`.gz`). No answers, or an empty one, says that the context does not answer the
    question.

    Args:
        path: File or folder.
        bad: A list to which `(place, reason)` of everything that is unusable is appended, which is then left out.
            None: the first is an error.

    Yields:
        `Question`.

    Raises:
        ValueError: naming file and line or place: invalid UTF-8 or JSON, a key that is missing or of another kind, an
            answer that does not stand where `answer_start` says, an `id` that came before; a file without questions,
            or a folder without files.
        FileNotFoundError: if there is nothing at `path`.

    Example:
        >>> question = next(keras_transfer.data.read_questions("train-v2.0.json"))
        >>> begin, end = question.answers[0]
        >>> question.question, question.context[begin:end]
        ('Who wrote the notes?', 'Ada Lovelace')

    Reference: [Rajpurkar et al., 2016](https://arxiv.org/abs/1606.05250), [2018](https://arxiv.org/abs/1806.03822)
    """
    names = {}
    for file in list_question_files(path):
        yield from read_question_file(file, bad, names)


def list_question_files(path):
    """Every file that `read_questions` reads; raises as that does."""
    path = Path(path)
    files = files_at(path, "questions", lambda file: ending_of(file) in ENDINGS, f"Expected: {_EXPECTED}")
    if files == [path] and ending_of(path) not in ENDINGS:
        raise ValueError(f"{path} has an ending that is not read. Expected: {_EXPECTED}")
    return files


def read_question_file(file, bad, names):
    """The questions of one file; `names` is a dict of the `id`s that came before, by place, and is added to."""
    found, before = False, len(bad or ())
    for where, record, context in (_jsonl if ending_of(file) == ".jsonl" else _squad)(file, bad):
        found = True
        try:
            question = _question(record, context, where)
        except ValueError as error:
            unusable(bad, where, str(error), error)
            continue
        if question.name is not None and question.name in names:
            unusable(bad, where, f"has the id {question.name!r}, which {names[question.name]} has too")
            continue
        if question.name is not None:
            names[question.name] = where
        yield question
    if not found and len(bad or ()) == before:
        unusable(bad, file, f"holds no question. Expected: {_EXPECTED}")


def holds_questions(path):
    """Whether a file is `.json`, or `.jsonl` whose first line has a question and a context."""
    if ending_of(path) == ".json":
        return True
    if ending_of(path) != ".jsonl" or not path.is_file():
        return False
    try:
        _, _, record = next(json_lines(path, None), (None, None, None))
    except ValueError:
        return False  # whoever reads it says what is wrong
    return isinstance(record, dict) and {"question", "context"} <= record.keys()


def _jsonl(path, bad):
    for where, begins, record in json_lines(path, bad):
        if not isinstance(record, dict):
            unusable(bad, where, f"must be an object with question, context and answers. Received: {begins}")
            continue
        yield where, record, record.get("context")


def _squad(path, bad):
    """Place, entry of `qas` and context of each question."""
    lines = [line for _, line in lines_of(path, bad)]
    if None in lines:
        return
    try:
        whole = json.loads("".join(lines))
    except (ValueError, RecursionError) as error:
        unusable(bad, path, f"is not valid JSON: {error}", error)
        return
    del lines
    for where, article in _entries(whole, "data", f"{path}: ", bad):
        for place, paragraph in _entries(article, "paragraphs", f"{where}.", bad):
            for at, record in _entries(paragraph, "qas", f"{place}.", bad):
                if not isinstance(record, dict):
                    unusable(bad, at, f"must be an object with question and answers. Received: {_begin(record)}")
                    continue
                named = f"{at} (id {record['id']!r})" if isinstance(record.get("id"), str) else at
                yield named, record, paragraph.get("context")


def _entries(holder, key, where, bad):
    """Place and value of each entry of the list that an object holds under a key."""
    entries = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(entries, list):
        unusable(
            bad, where.rstrip(":. "), f"must be an object with a list `{key}`, as in SQuAD. Received: {_begin(holder)}"
        )
        return
    for number, entry in enumerate(entries):
        yield f"{where}{key}[{number}]", entry


def _question(record, context, where):
    """The question that a record holds; a `ValueError` says what is wrong with it."""
    texts = {"question": record.get("question"), "context": context}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"must have a `{key}` that is a string and not empty. Received: {_begin(text)}")
        if _HALF_A_SIGN.search(text):
            raise ValueError(
                f"has half a character in its `{key}`: a surrogate without the other. Mend its \\u escapes."
            )
    impossible = record.get("is_impossible")
    if impossible is not None and not isinstance(impossible, bool):
        raise ValueError(f"must have true or false as `is_impossible`. Received: {_begin(impossible)}")
    answers = tuple(dict.fromkeys(_span(context, *answer) for answer in _answers(record, impossible)))
    if impossible and answers:
        raise ValueError(
            f"is marked `is_impossible`, and has the answer {_begin(context[slice(*answers[0])])}. Which is right?"
        )
    if impossible is False and not answers:
        raise ValueError("is marked `is_impossible: false`, and has no answer. Which is right?")
    name, split = (None if record.get(key) is None else str(record[key]).strip() or None for key in ("id", "split"))
    return Question(texts["question"].strip(), context, answers, where, split, name)


def _answers(record, impossible):
    """`(text, answer_start)` of each answer, in whichever form they stand."""
    if "answers" not in record and "answer" not in record:
        if impossible:
            return []
        raise ValueError("must have `answers` (or one `answer`); empty, where the context has none")
    if "answers" not in record:
        answer = record["answer"]
        return [] if answer is None or answer == "" else [(answer, record.get("answer_start"))]
    answers = record["answers"]
    if answers is None:
        return []
    if isinstance(answers, list) and all(isinstance(answer, dict) for answer in answers):
        return [(answer.get("text"), answer.get("answer_start")) for answer in answers]
    if isinstance(answers, dict):
        texts, starts = answers.get("text"), answers.get("answer_start")
        if isinstance(texts, list) and isinstance(starts, list) and len(texts) == len(starts):
            return list(zip(texts, starts, strict=True))
    raise ValueError(
        "must have `answers` as lists of one length, `text` and `answer_start`, or as a list of objects with these. Received: "
        f"{_begin(answers)}"
    )


def _span(context, text, start):
    """`(begin, end)` of an answer."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"must have answers that are strings and not empty. Received: {_begin(text)}")
    if start is None and context.count(text) == 1:
        start = context.index(text)
    if isinstance(start, bool) or not isinstance(start, int):
        times = context.count(text)
        raise ValueError(
            f"must have `answer_start`, the place of the answer's first character in the context, from 0: {_begin(text)} "
            f"stands in it {times} times. Received: {_begin(start)}"
        )
    if start < 0 or context[start : start + len(text)] != text:
        at = context.find(text)
        stands = (
            f"stands {_begin(context[start : start + len(text)])}"
            if 0 <= start < len(context)
            else "the context has ended"
        )
        hint = f"The context has it at {at} first." if at >= 0 else "The context does not have it at all."
        raise ValueError(f"has the answer {_begin(text)} at answer_start={start}, where {stands}. {hint}")
    return start, start + len(text)


def _begin(value):
    return repr(value) if len(repr(value)) <= _SHOWN else f"{repr(value)[:_SHOWN]}..."
