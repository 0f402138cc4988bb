"""Weights from one model to another, by name and shape."""

import re

import keras
import numpy as np

from keras_transfer.transfer.copy_report import CopyReport, parameters
from keras_transfer.transfer.fit_weight import remap_vocabulary, resize_channels, resize_positions
from keras_transfer.transfer.match_weights import match_weights
from keras_transfer.transfer.named_weights import named_weights
from keras_transfer.transfer.path_matches import path_matches
from keras_transfer.transfer.stages import head_and_stages
from keras_transfer.transfer.weight_source import encoder_of, weight_source

PARTS = ("all", "encoder", "body")
RESIZABLE = ("positions", "channels")


def copy_weights(
    source,
    target,
    *,
    include=None,
    exclude=(),
    renames=None,
    part="all",
    first_groups=None,
    first_layers=None,
    resize=(),
    grids=None,
    vocabulary=None,
    strict=False,
):
    """Move weights from a model or a file into a model, by name and shape, never by position, and report every one of them.

    A weight's name joins those of the layers on the way down from the model, which is not part of it, and its own:
    `encoder/stage1_conv1/kernel`. Numbers that Keras gives to layers by itself (`dense_7`) count by their order, and only where
    both models have equally many of them side by side; else such weights are reported as missing. All is read, checked and
    fitted before the first weight is changed, and an error leaves the target as it was.

    Patterns are as in a shell (`"encoder/stage*"`; without a slash against any single name on the path) or compiled regular
    expressions, and are matched against the target's names.

    Args:
        source: Built Keras model or layer, or the path of a `.keras`, `.weights.h5` or `.safetensors` file. `.keras` is loaded
            in safe mode. Dots in names of safetensors count as slashes. A `.weights.h5` names layers, not the weights within:
            they count in the order of the target's layer of that name, which must have equally many.
        target: Built Keras model or layer.
        include: Patterns of what is to be filled. None: everything.
        exclude: Patterns of what is not.
        renames: Dict from regular expression to replacement, applied to the source's names in this order as by `re.sub`. A
            weight that ends up with exactly the name of one of the target's goes there, numbers or not.
        part: "all"; "encoder": the encoder of the one into that of the other, whatever is around them (a model's `encoder`,
            else its largest nested model, else itself); "body": all but the head, as `transfer.layer_groups` finds it.
        first_groups: Only so many of the target's groups of layers, stages or blocks, from the input on.
        first_layers: Only so many of its layers, a batch norm together with what is before it.
        resize: What may be fitted where shapes differ: "positions", embeddings of an image's places (weights with "position" in
            their name), interpolated; "channels" of the input, in convolutions and patch embeddings.
        grids: `((rows, columns), (rows, columns))` of the positions of source and target, if they are not squares.
        vocabulary: Dict from pattern to `(source's words, target's words)`, lists in the order of the rows. In weights that
            match, words known to both get the source's rows, and the others keep the target's.
        strict: Raise, and move nothing, if a weight that was asked for is missing or does not fit.

    Returns:
        A `CopyReport`: what was moved, mismatched, missing, unused; it can be printed and saved as JSON.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if nothing fits, an argument is wrong, two weights claim the same target, values are not finite, or a file is
            damaged or refused.

    Example:
        >>> report = keras_transfer.transfer.copy_weights("runs/latest/encoder.keras", classifier, part="encoder")
        >>> report.print()
        >>> report.save("runs/latest/transfer.json")
    """
    _check(part, resize, first_groups, first_layers)
    inside = encoder_of(target) if part == "encoder" else target
    wanted = named_weights(inside)
    if not wanted:
        raise ValueError(f"`target` has no weights; call it on a batch first. Received: {target.name!r}")
    with weight_source(source, encoder_only=part == "encoder") as given:
        if not given:
            raise ValueError(f"`source` has no weights. Received: {_name(source)}")
        _rename(given, renames or {})
        matches, reasons = match_weights(given, wanted, inside)
        asked = _asked_for(inside, wanted, include, exclude, part, first_groups, first_layers)
        plan, mismatched = _plan([m for m in matches if m[1].name in asked], resize, grids, vocabulary or {})
    used = {id(weight) for weight, _ in matches}
    moved_or_not = {row["target"] for row in mismatched} | {weight.name for weight, _, _ in plan}
    report = CopyReport(
        moved=tuple(_row(weight, row) for weight, _, row in plan),
        mismatched=tuple(mismatched),
        missing=tuple(
            {"target": w.name, "reason": reasons.get(w.name, "the source has no such name")}
            for w in wanted
            if w.name in asked and w.name not in moved_or_not
        ),
        unused=tuple(weight.name for weight in given if id(weight) not in used),
        left_out=tuple(w.name for w in wanted if w.name not in asked),
        parameters=parameters(weight.shape for weight, _, _ in plan),
        target_parameters=parameters(tuple(weight.shape) for weight in target.weights),
    )
    _refuse(report, source, target, given, wanted, strict)
    _assign([(weight.variable, values) for weight, values, _ in plan])
    return report


def _check(part, resize, first_groups, first_layers):
    if part not in PARTS:
        raise ValueError(f"`part` must be one of {', '.join(PARTS)}. Received: part={part!r}")
    unknown = sorted(set([resize] if isinstance(resize, str) else resize) - set(RESIZABLE))
    if unknown:
        raise ValueError(f"`resize` may hold {', '.join(RESIZABLE)}. Received: resize={resize!r}")
    if first_groups is not None and first_layers is not None:
        raise ValueError(
            f"Give `first_groups` or `first_layers`, not both. Received: {first_groups} and {first_layers}"
        )


def _rename(given, renames):
    for weight in given:
        name = weight.name
        for pattern, replacement in renames.items():
            name = re.sub(pattern, replacement, name)
        weight.renamed = weight.renamed or name != weight.name
        weight.name = name


def _asked_for(target, wanted, include, exclude, part, first_groups, first_layers):
    """Names of the target's weights that are to be filled."""
    barred = _barred_layers(target, part, first_groups, first_layers)
    names = [weight.name for weight in wanted if id(weight.layer) not in barred]
    for argument, patterns in (("include", include), ("exclude", exclude)):
        patterns = [patterns] if isinstance(patterns, str | re.Pattern) else patterns
        for pattern in patterns or ():
            if not any(path_matches(weight.name, pattern) for weight in wanted):
                raise ValueError(
                    f"`{argument}`: {pattern!r} matches no weight of {target.name!r}. There are: {_some(wanted)}"
                )
        if argument == "exclude":
            names = [name for name in names if not any(path_matches(name, pattern) for pattern in patterns)]
        elif patterns is not None:
            names = [name for name in names if any(path_matches(name, pattern) for pattern in patterns)]
    return set(names)


def _barred_layers(target, part, first_groups, first_layers):
    if part != "body" and first_groups is None and first_layers is None:
        return set()
    head, stages, units = head_and_stages(target)
    barred = list(head) if part == "body" else []
    for argument, count, parts in (
        ("first_groups", first_groups, stages if len(stages) > 1 else units),
        ("first_layers", first_layers, units),
    ):
        if count is not None:
            parts = [*parts, head]
            if not 0 < count <= len(parts):
                raise ValueError(
                    f"`{argument}` must be from 1 to {len(parts)} for {target.name!r}. Received: {argument}={count}"
                )
            barred += [layer for later in parts[count:] for layer in later]
    return {id(layer) for layer in barred}


def _plan(matches, resize, grids, vocabulary):
    """Values for every weight that fits, and a row for each that does not."""
    plan, mismatched = [], []
    for given, wanted in matches:
        values, how = _fitted(given, wanted, [resize] if isinstance(resize, str) else resize, grids, vocabulary)
        row = {"target": wanted.name, "source": given.name}
        if values is None:
            mismatched.append({**row, "target_shape": wanted.shape, "source_shape": given.shape, "reason": how})
            continue
        if values.dtype.kind not in "iub" and not np.isfinite(values.astype(np.float32)).all():
            raise ValueError(
                f"`{given.name}` of the source holds NaN or infinity: the training behind it failed, or the file is "
                "damaged. Nothing was copied."
            )
        plan.append((wanted, values, {**row, "how": how}))
    return plan, mismatched


def _fitted(given, wanted, resize, grids, vocabulary):
    """Values and how they came to be, or None and why not."""
    values = given.read()
    integers = keras.backend.is_int_dtype(wanted.variable.dtype)
    if integers != (values.dtype.kind in "iu"):
        return None, f"{values.dtype} in the source, {wanted.variable.dtype} here"
    for pattern, words in vocabulary.items():
        if path_matches(wanted.name, pattern):
            found = remap_vocabulary(values, wanted.read(), *words)
            if found is None:
                return None, f"no axis for vocabularies of {len(words[0])} and {len(words[1])} words"
            return found[0], f"rows of {found[1]} shared words of {len(words[1])}"
    if given.shape == wanted.shape:
        return values, "as it is"
    if "positions" in resize and "position" in wanted.name.lower():
        values = resize_positions(values, wanted.shape, grids)
        return values, "positions interpolated" if values is not None else "no grid of positions, see `grids`"
    if "channels" in resize:
        values = resize_channels(values, wanted, given)
        if values is not None:
            return values, "channels spread"
    return None, "another shape"


def _row(weight, row):
    return {"target": row["target"], "source": row["source"], "shape": weight.shape, "how": row["how"]}


def _refuse(report, source, target, given, wanted, strict):
    if strict and (report.missing or report.mismatched):
        names = [row["target"] for row in (*report.mismatched, *report.missing)]
        raise ValueError(
            f"Nothing was copied from {_name(source)} to {target.name!r}, with `strict`: {len(names)} of the weights asked for "
            f"do not fit or are missing.\n{report}"
        )
    if not report.moved:
        raise ValueError(
            f"Nothing of {_name(source)} fits {target.name!r}; use `renames` or `part`, or name the layers alike. The source "
            f"has {_some(given)}; the target {_some(wanted)}.\n{report}"
        )


def _assign(pairs):
    before = [(variable, keras.ops.convert_to_numpy(variable)) for variable, _ in pairs]
    try:
        for variable, values in pairs:
            variable.assign(values)
    except BaseException:
        for variable, values in before:
            variable.assign(values)
        raise


def _some(weights):
    names = [weight.name for weight in weights]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _name(source):
    return repr(source.name) if isinstance(source, keras.Layer) else str(source)
