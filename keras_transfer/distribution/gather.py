"""The whole batch, seen from every replica."""

import tensorflow as tf


def replica_count():
    """Number of replicas that run the current step together; 1 outside a strategy."""
    context = tf.distribute.get_replica_context()
    # Keras calls losses once, symbolically, in cross-replica context, where there is no replica and nothing to gather.
    return 1 if context is None else context.num_replicas_in_sync


def gather(local):
    """Concatenate a tensor over all replicas along axis 0, with its gradient.

    The gradient that reaches `local` is the sum of what every replica's loss says of these rows. So a loss that compares
    its own rows with everybody's, averaged over the whole batch, has the gradient of one device holding that batch.

    Args:
        local: Tensor of shape `(rows, ...)`. Rows may differ between replicas, other dimensions may not.

    Returns:
        The tensor of shape `(rows of all replicas, ...)` and the position in it of this replica's first row. Outside a
        strategy that is `local` itself and 0.

    Example:
        >>> whole, first = keras_transfer.distribution.gather(tf.ones((2, 3)))
        >>> whole.shape, int(first)
        (TensorShape([2, 3]), 0)
    """
    local = tf.convert_to_tensor(local)
    if replica_count() == 1:
        return local, tf.constant(0)
    context = tf.distribute.get_replica_context()
    rows, first = tf.shape(local)[0], first_row(local)

    @tf.custom_gradient
    def gathered(local):
        def gradient(upstream):
            return context.all_reduce(tf.distribute.ReduceOp.SUM, upstream)[first : first + rows]

        return context.all_gather(local, axis=0), gradient

    # Where the number of rows is not known, as always with several workers, TensorFlow forgets the other dimensions too.
    count = None if local.shape[0] is None else local.shape[0] * context.num_replicas_in_sync
    return tf.ensure_shape(gathered(local), [count, *local.shape[1:]]), first


def first_row(local):
    """Position in the whole batch of this replica's first row.

    Args:
        local: Tensor of shape `(rows, ...)`. Rows may differ between replicas.

    Returns:
        int32 scalar, 0 outside a strategy.
    """
    if replica_count() == 1:
        return tf.constant(0)
    context = tf.distribute.get_replica_context()
    rows = tf.shape(local)[0]
    if local.shape[0] is None:
        return tf.reduce_sum(context.all_gather(rows[None], axis=0)[: context.replica_id_in_sync_group])
    return rows * context.replica_id_in_sync_group


def sum_over_replicas(local):
    """Sum of a tensor over all replicas, with its gradient; `local` itself outside a strategy.

    Args:
        local: Tensor of any shape, the same on every replica.

    Returns:
        A tensor of the same shape.
    """
    if replica_count() == 1:
        return local
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, local)
