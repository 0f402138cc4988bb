"""What `data.audit` found in one source."""

import dataclasses

_SHOWN = 20


@dataclasses.dataclass(frozen=True)
class PartAudit:
    """What one source holds.

    Attributes:
        source: The path, as given.
        error: Why nothing of it can be used, or None.
        images: How many images can be used.
        classes: Images per class, by name; empty without labels.
        sizes: Images per size, `"height x width"`, the most frequent first.
        grey: How many images have one channel.
        unusable: `(path, reason)` of files that cannot be used.
        duplicates: Groups of images that are the same pixel by pixel: paths, or `"row 7"` of an array.
        conflicts: Those of the groups whose labels differ.
        notes: Sentences on what was passed over or converted.
    """

    source: str
    error: str | None = None
    images: int = 0
    classes: dict = dataclasses.field(default_factory=dict)
    sizes: dict = dataclasses.field(default_factory=dict)
    grey: int = 0
    unusable: tuple = ()
    duplicates: tuple = ()
    conflicts: tuple = ()
    notes: tuple = ()

    def lines(self, part):
        """The findings as lines of text."""
        if self.error:
            return [f"{part}: {self.error}"]
        lines = [f"{part} ({self.source}): {self.images} images, {self.grey} of them grey."]
        sizes = [f"{count} of {size}" for size, count in list(self.sizes.items())[:5]]
        rest = len(self.sizes) - len(sizes)
        lines.append(f"  sizes: {', '.join(sizes)}{f' and {rest} more sizes' if rest else ''}")
        if self.classes:
            lines.append("  classes: " + ", ".join(f"{name} {count}" for name, count in self.classes.items()))
        lines += _listed("cannot be used", [f"{path} {reason}" for path, reason in self.unusable])
        lines += _listed("groups of equal images", [", ".join(group) for group in self.duplicates])
        lines += _listed("groups of equal images with different labels", [", ".join(group) for group in self.conflicts])
        return lines + [f"  {note}" for note in self.notes]


def indented(entries):
    """Entries as indented lines, the first 20 of them and how many more there are."""
    entries = list(entries)
    more = [f"    and {len(entries) - _SHOWN} more"] if len(entries) > _SHOWN else []
    return [*(f"    {entry}" for entry in entries[:_SHOWN]), *more]


def _listed(what, entries):
    return [f"  {len(entries)} {what}:", *indented(entries)] if entries else []
