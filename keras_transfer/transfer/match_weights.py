"""Which weight of a source is meant for which of a target."""

from keras_transfer.transfer.named_weights import class_names, without_numbers


def match_weights(given, wanted, target):
    """Pair weights by name.

    Args:
        given: `NamedWeight`s of the source.
        wanted: Those of the target.
        target: The target.

    Returns:
        A list of pairs `(given, wanted)`, in the target's order, and a dict from names of the target to why there is none.

    Raises:
        ValueError: if two weights of the source are meant for one of the target.
    """
    automatic = class_names(target)
    reasons = _name_within_layers(given, wanted, automatic)
    plain_given, counts_given = without_numbers([weight.name for weight in given], automatic)
    plain_wanted, counts_wanted = without_numbers([weight.name for weight in wanted], automatic)
    by_name, by_plain = {}, {}
    for weight in given:
        if weight.renamed:
            _put(by_name, weight.name, weight)
        _put(by_plain, plain_given[weight.name], weight)
    pairs = []
    for weight in wanted:
        plain = plain_wanted[weight.name]
        if weight.name in by_name:
            pairs.append((by_name[weight.name], weight))
        elif plain in by_plain or "#" in plain:
            family = _uneven_family(plain, counts_given, counts_wanted)
            if family is None and plain in by_plain:
                pairs.append((by_plain[plain], weight))
            elif family is not None and counts_given.get(family):
                reasons[weight.name] = (
                    f"Keras numbers `{family}`, {counts_given[family]} in the source and {counts_wanted[family]} here: which "
                    "is which cannot be told; name these layers, or use `renames`"
                )
    taken = set()
    for weight, _ in pairs:
        if id(weight) in taken:
            raise ValueError(
                f"`{weight.name}` of the source is meant for two weights of the target; look at `renames`."
            )
        taken.add(id(weight))
    return pairs, reasons


def _put(names, name, weight):
    if name in names:
        raise ValueError(f"Two weights of the source are called `{name}`; look at `renames`. Nothing was copied.")
    names[name] = weight


def _uneven_family(plain, given, wanted):
    """The layers numbered by Keras on this path of which source and target have different numbers, or None."""
    parts = plain.split("/")
    for depth, part in enumerate(parts[:-1]):
        if "#" in part:
            family = "/".join([*parts[:depth], part.partition("#")[0]])
            if given.get(family) != wanted.get(family):
                return family
    return None


def _name_within_layers(given, wanted, automatic):
    """Put names in place of numbers for weights from a `.weights.h5`; say of which of the target's that was not possible."""
    plain_given, _ = without_numbers([weight.name for weight in given], automatic)
    plain_wanted, _ = without_numbers([weight.name for weight in wanted], automatic)
    numbered, literal, plain = {}, {}, {}
    for weight in given:
        if weight.index is not None:
            numbered.setdefault((_above(weight.name), _above(plain_given[weight.name])), []).append(weight)
    for weight in wanted:
        literal.setdefault(_above(weight.name), []).append(weight)
        plain.setdefault(_above(plain_wanted[weight.name]), []).append(weight)
    reasons = {}
    for (path, plain_path), members in numbered.items():
        named = literal.get(path) if members[0].renamed else None
        named = named or plain.get(plain_path, [])
        if len(named) == len(members):
            for weight, its in zip(members, named, strict=True):
                weight.name = f"{path}/{its.name.rpartition('/')[2]}".removeprefix("/")
        else:
            reason = f"the file has {len(members)} weights for this layer, without names, and it has {len(named)} here"
            reasons |= {weight.name: reason for weight in named}
    return reasons


def _above(name):
    return name.rpartition("/")[0]
