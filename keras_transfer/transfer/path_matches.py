"""Shell patterns and regular expressions on the paths of layers and weights."""

import fnmatch
import re


def path_matches(path, pattern):
    """Whether a pattern means this path or one above it.

    Args:
        path: Names joined by slashes.
        pattern: As in a shell, against the path or one above it; without a slash, against any single name on the path. Or a
            compiled regular expression, searched for in the path.
    """
    if isinstance(pattern, re.Pattern):
        return pattern.search(path) is not None
    names = path.split("/")
    if "/" not in pattern:
        return any(fnmatch.fnmatchcase(name, pattern) for name in names)
    return any(fnmatch.fnmatchcase("/".join(names[: end + 1]), pattern) for end in range(len(names)))
