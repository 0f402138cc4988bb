"""A text that the chief knows and the other workers need."""

_LENGTH = 2048


def share_from_chief(text, strategy):
    """Give every worker the chief's text. All workers must call it; those that are not the chief pass `None`.

    Args:
        text: At most 2048 bytes of UTF-8; more is cut off.
        strategy: The strategy of this process.

    Returns:
        The chief's text.
    """
    import numpy as np
    import tensorflow as tf

    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return text
    row = np.zeros(_LENGTH, "int32")
    if text is not None:
        letters = np.frombuffer(text.encode()[:_LENGTH], "uint8")
        row[: len(letters)] = letters

    def contribution():
        # One replica of the chief speaks, all others add zeros.
        first = tf.distribute.get_replica_context().replica_id_in_sync_group == 0
        return tf.where(first, tf.constant(row), tf.zeros_like(row))

    total = strategy.reduce("SUM", strategy.run(contribution), axis=None)
    return bytes(np.trim_zeros(total.numpy()).astype("uint8")).decode(errors="ignore")
