"""How many batches an epoch has."""


def steps_per_epoch(batches):
    """Number of batches of a `tf.data.Dataset`, or of a distributed one, which has no `len`.

    Args:
        batches: What `data.batches`, `data.two_views`, `data.image_batches`, `data.read_records` return.

    Returns:
        An int.

    Raises:
        ValueError: if the number is not known.

    Example:
        >>> keras_transfer.data.steps_per_epoch(keras_transfer.data.batches(x, 128))
        7
    """
    cardinality = batches.cardinality
    found = int(cardinality() if callable(cardinality) else cardinality)
    if found < 0:
        raise ValueError(
            "The number of batches is not known: apply tf.data.experimental.assert_cardinality to the dataset. "
            f"Received: {batches}"
        )
    return found
