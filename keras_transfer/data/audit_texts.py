"""What a corpus holds, and what is wrong with it."""

import collections
import dataclasses
import hashlib

from keras_transfer.data.read_documents import read_documents


@dataclasses.dataclass(frozen=True)
class TextAudit:
    """Counts over a corpus, as `data.audit_texts` returns them.

    Attributes:
        documents: Texts that are not empty.
        characters: In all.
        tokens: In all, with the tokenizer given; else None.
        longest: `(characters, where)` of the longest text.
        labels: Texts by label; unlabelled ones under None.
        splits: Texts by split; those without one under None.
        duplicates: `(first, again)`: places of texts that came before, word by word.
        conflicts: `(first, again)`: duplicates whose labels differ.
        leaks: `(first, again)`: duplicates in different splits.
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

    @property
    def ok(self):
        """Whether no figure will flatter and no label contradicts another."""
        return not (self.conflicts or self.leaks)

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
                lines.append(f"{len(pairs)} {title}, such as {pairs[0][1]}, first in {pairs[0][0]}.")
        return "\n".join(lines)


def audit_texts(path, tokenizer=None, per="line"):
    """Go through a corpus once, without holding it, and count.

    Texts are held as duplicates if they are equal but for case and white space.

    Args:
        path: File or folder, as for `data.read_documents`.
        tokenizer: A `TextTokenizer` to count tokens with, or None.
        per: `"line"` or `"file"`: what is one document in a `.txt`.

    Returns:
        `TextAudit`; print it.

    Raises:
        ValueError: as `data.read_documents`, or if there is no document.

    Example:
        >>> print(keras_transfer.data.audit_texts("reviews.csv"))
    """
    documents = characters = tokens = 0
    longest, first_of = (0, ""), {}
    labels, splits = collections.Counter(), collections.Counter()
    duplicates, conflicts, leaks = [], [], []
    for document in read_documents(path, per):
        documents += 1
        characters += len(document.text)
        longest = max(longest, (len(document.text), document.where), key=lambda pair: pair[0])
        labels[document.label] += 1
        splits[document.split] += 1
        if tokenizer is not None:
            tokens += len(tokenizer.encode([document.text])[0])
        mark = hashlib.blake2b(" ".join(document.text.casefold().split()).encode(), digest_size=16).digest()
        first = first_of.setdefault(mark, document._replace(text=""))
        if first.where == document.where:
            continue
        pair = (first.where, document.where)
        duplicates.append(pair)
        if first.label != document.label and None not in (first.label, document.label):
            conflicts.append(pair)
        if first.split != document.split:
            leaks.append(pair)
    if not documents:
        raise ValueError(f"{path} holds no text.")
    return TextAudit(
        documents,
        characters,
        None if tokenizer is None else tokens,
        longest,
        dict(labels.most_common()),
        dict(splits.most_common()),
        *map(tuple, (duplicates, conflicts, leaks)),
    )
