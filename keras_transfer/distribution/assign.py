"""Assignment to a variable from inside a training step."""

import tensorflow as tf


def assign(variable, value):
    """Set a Keras variable from a step that may run on several replicas, which must all hold the same `value`.

    A plain `assign` of a mirrored variable needs an aggregation, which weights of a model do not have; an aggregation would
    also send over the wire what every replica already knows. Here each replica writes its own copy.

    Args:
        variable: A `keras.Variable`, such as a teacher's weight or a queue.
        value: Tensor of the variable's shape, equal on all replicas.
    """
    value = tf.cast(value, variable.dtype)
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        variable.assign(value)
        return

    def update(strategy, mirrored, value):
        strategy.extended.update(mirrored, lambda copy, new: copy.assign(new), args=(value,), group=True)

    context.merge_call(update, args=(variable.value, value))
