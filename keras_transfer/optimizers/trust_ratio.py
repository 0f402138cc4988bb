"""What LARS and LAMB share."""

from keras import ops


def adapts(variable):
    """Whether a variable's rate adapts and its weights decay: biases, gains and offsets are left out."""
    return len(variable.shape) >= 2


def norm(value):
    """Euclidean norm of all elements, in float32."""
    return ops.sqrt(ops.sum(ops.square(ops.cast(value, "float32"))))


def trust_ratio(above, below, known):
    """`above / below` where `known`, else 1; finite in either case."""
    return ops.where(known, above / ops.where(known, below, ops.ones_like(below)), ops.ones_like(below))
