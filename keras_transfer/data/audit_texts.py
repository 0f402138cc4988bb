"""What a corpus holds, and what is wrong with it."""

import collections
import dataclasses
import functools
from pathlib import Path

from keras_transfer.data.document import Document
from keras_transfer.data.part_audit import indented
from keras_transfer.data.read_documents import kind_of, list_document_files, read_document_file
from keras_transfer.data.read_questions import list_question_files, read_question_file
from keras_transfer.data.read_tagged import list_tagged_files, read_tagged
from keras_transfer.data.text_mark import text_mark

# Files that lie beside texts and are none.
_BESIDE = (".cfg", ".ini", ".log", ".md", ".py", ".toml", ".yaml", ".yml")


@dataclasses.dataclass(frozen=True)
class TextAudit:
    """Counts over a corpus, as `data.audit_texts` returns them.

    Attributes:
        documents: Texts that are not empty.
        characters: In all.
        tokens: In all, with the tokenizer given; else None.
        longest: `(characters, where)` of the longest text.
        labels: Texts by label, unlabelled ones under None; of tagged sentences words by tag; of questions those that have an
            answer, and those that have none.
        splits: Texts by split; those without one under None.
        duplicates: `(first, again)`: places of texts that came before, word by word.
        conflicts: `(first, again)`: duplicates whose labels differ.
        leaks: `(first, again)`: duplicates in different splits.
        unusable: `(place, reason)`: files and lines that cannot be read.
    """

    documents: int
    characters: int
    tokens: int | None
    longest: tuple
    labels: dict
    splits: dict
    duplicates: tuple
    conflicts: tuple
    leaks: tuple
    unusable: tuple = ()

    @property
    def ok(self):
        """Whether all can be read, no figure will flatter and no label contradicts another."""
        return bool(self.documents) and not (self.conflicts or self.leaks or self.unusable)

    def as_dict(self):
        """The counts as plain dicts and lists, for JSON."""
        plain = {"ok": self.ok, **dataclasses.asdict(self)}
        for counts in ("labels", "splits"):
            plain[counts] = {"none" if name is None else name: count for name, count in plain[counts].items()}
        return plain

    def __str__(self):
        lines = [
            f"{self.documents} documents, {self.characters} characters; the longest {self.longest[0]}: {self.longest[1]}"
        ]
        if self.tokens is not None:
            lines.append(f"{self.tokens} tokens, {self.characters / max(1, self.tokens):.2f} characters each.")
        for title, counts in (("Labels", self.labels), ("Splits", self.splits)):
            if set(counts) != {None}:
                shown = ", ".join(f"{'none' if name is None else name} {count}" for name, count in counts.items())
                lines.append(f"{title}: {shown}.")
        for title, pairs in (
            ("documents came before, word by word", self.duplicates),
            ("of them with another label", self.conflicts),
            ("of them in another split: figures on it will flatter", self.leaks),
        ):
            if pairs:
                lines += [f"{len(pairs)} {title}:", *indented(f"{again} is {first}" for first, again in pairs)]
        if self.unusable:
            lines += [f"{len(self.unusable)} files or lines cannot be used:", *indented(map(" ".join, self.unusable))]
        if not self.documents:
            lines.append("There is no text.")
        return "\n".join([*lines, "Nothing to complain of." if self.ok else "See above for what to mend."])


def audit_texts(path, tokenizer=None, per="line", *, tagged=False, questions=False, progress=None):
    """Go through a corpus once, without holding it, count, and name all that is wrong.

    Texts are held as duplicates if they are equal but for case and white space.

    Args:
        path: File or folder, as for `data.read_documents`; or a dict of such by part, such as `{"labelled": "a.csv", "test":
            "b.csv"}`: documents without a split of their own then belong to their part.
        tokenizer: A `TextTokenizer` to count tokens with, or None.
        per: `"line"` or `"file"`: what is one document in a `.txt`.
        tagged: Whether these are sentences with a tag for each word, as for `data.read_tagged`. Each is then a document, and its
            label are its tags.
        questions: Whether these are questions about texts, as for `data.read_questions`. Each is then, with its text, a document,
            and its label are its answers.
        progress: Function called with `(done, total)` files now and then, or None.

    Returns:
        `TextAudit`; print it.

    Raises:
        ValueError: if there is no file of texts, or they are to be both tagged and questions.
        FileNotFoundError: if there is nothing at `path`.

    Example:
        >>> print(keras_transfer.data.audit_texts("reviews.csv"))
    """
    if per not in ("line", "file"):
        raise ValueError(f'`per` must be "line" or "file". Received: per={per!r}')
    if tagged and questions:
        raise ValueError("Texts cannot be both: `tagged` or `questions`. Received: both")
    parts = path if isinstance(path, dict) else {None: path}
    count = _Count(tokenizer)
    listed = _tagged_files if tagged else _question_files if questions else functools.partial(_text_files, per)
    files = [(part, *found) for part, place in parts.items() for found in listed(place, count.unusable)]
    for done, (part, file, documents) in enumerate(files):
        try:
            for document, labels in documents:
                count.add(document if document.split is not None else document._replace(split=part), labels)
        except OSError as error:
            count.unusable.append((str(file), f"cannot be read: {error}"))
        if progress is not None:
            progress(done + 1, len(files))
    return count.result()


def _text_files(per, place, bad):
    """Each file, and an iterator over its documents and the labels they count for; as the two below."""
    files = list_document_files(place)
    bad += _unsupported(Path(place))
    return [(file, _texts(file, folder, per, bad)) for file, folder in files]


def _tagged_files(place, bad):
    return [(file, _sentences(file, bad)) for file in list_tagged_files(place)]


def _question_files(place, bad):
    names = {}  # an id may come again in another part
    return [(file, _questions(file, bad, names)) for file in list_question_files(place)]


def _texts(file, folder, per, bad):
    for document in read_document_file(file, per, folder, bad):
        yield document, [document.label]


def _sentences(file, bad):
    for one in read_tagged(file, bad):
        label = None if one.tags is None else " ".join(one.tags)
        yield Document(" ".join(one.words), one.where, label, one.split), one.tags or [None]


def _questions(file, bad, names):
    for one in read_question_file(file, bad, names):
        answers = " | ".join(sorted(one.context[begin:end] for begin, end in one.answers))
        text = f"{one.question}\n{one.context}"
        yield Document(text, one.where, answers or "none", one.split), ["answered" if answers else "no answer"]


def _unsupported(folder):
    """Files of a folder that look like data and are not read."""
    if not folder.is_dir():
        return []
    return [
        (str(file), "has an ending that is not read")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and kind_of(file) is None and not file.name.startswith(".")
        if file.suffix.lower() not in _BESIDE and file.stem.lower() not in ("license", "readme", "makefile")
    ]


class _Count:
    """What has been seen so far."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.documents = self.characters = self.tokens = 0
        self.longest, self.first_of = (0, ""), {}
        self.labels, self.splits = collections.Counter(), collections.Counter()
        self.duplicates, self.conflicts, self.leaks, self.unusable = [], [], [], []

    def add(self, document, labels):
        self.documents += 1
        self.characters += len(document.text)
        self.longest = max(self.longest, (len(document.text), document.where), key=lambda pair: pair[0])
        self.labels.update(labels)
        self.splits[document.split] += 1
        if self.tokenizer is not None:
            self.tokens += len(self.tokenizer.encode([document.text])[0])
        mark = text_mark(f"{document.text} {document.text_2 or ''}")
        if mark not in self.first_of:
            self.first_of[mark] = document._replace(text="", text_2=None)
            return
        first = self.first_of[mark]
        pair = (first.where, document.where)
        self.duplicates.append(pair)
        if first.label != document.label and None not in (first.label, document.label):
            self.conflicts.append(pair)
        if first.split != document.split and not {first.split, document.split} <= {"unlabelled", "labelled"}:
            self.leaks.append(pair)

    def result(self):
        return TextAudit(
            self.documents,
            self.characters,
            None if self.tokenizer is None else self.tokens,
            self.longest,
            dict(self.labels.most_common()),
            dict(self.splits.most_common()),
            *map(tuple, (self.duplicates, self.conflicts, self.leaks, self.unusable)),
        )
