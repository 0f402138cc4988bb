"""What `data.audit` found."""

import dataclasses

from keras_transfer.data.part_audit import indented


@dataclasses.dataclass(frozen=True)
class AuditReport:
    """What all sources hold, and what they share.

    Attributes:
        parts: `PartAudit` by part: unlabelled, labelled, validation, test.
        shared: `(held-out part, other part, pairs)`: images of validation or test that are in another part as well, each
            pair `(name in the held-out part, name in the other)`.
        unknown_classes: `(held-out part, class)` of classes that no labelled image shows.
    """

    parts: dict
    shared: tuple = ()
    unknown_classes: tuple = ()

    @property
    def ok(self):
        """Whether `data.load_images` will read all of it, and no figure will flatter."""
        faulty = any(part.error or part.unusable or part.conflicts for part in self.parts.values())
        one_class = len(self.parts["labelled"].classes) < 2 if "labelled" in self.parts else False
        return not (faulty or one_class or self.shared or self.unknown_classes)

    def as_dict(self):
        """The report as plain dicts and lists, for JSON."""
        return {"ok": self.ok, **dataclasses.asdict(self)}

    def __str__(self):
        lines = [line for name, part in self.parts.items() for line in part.lines(name)]
        for held_out, part, pairs in self.shared:
            lines.append(f"{len(pairs)} {held_out} images are among the {part} ones, pixel by pixel:")
            lines += indented(f"{one} is {other}" for one, other in pairs)
        lines += [
            f"{part} has the class {name!r}, which no labelled image shows." for part, name in self.unknown_classes
        ]
        if "labelled" in self.parts and len(self.parts["labelled"].classes) == 1:
            lines.append("labelled has one class only; a classifier needs two or more.")
        return "\n".join([*lines, "Nothing to complain of." if self.ok else "See above for what to mend."])
