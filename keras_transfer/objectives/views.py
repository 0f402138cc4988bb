"""Checks of what an objective that compares views is fed."""


def check_views(name, views, at_least=2, exactly=None, made_by="two_views"):
    """The views as a list, if the batch is a tuple of that many."""
    wanted = f"{exactly}" if exactly else f"at least {at_least}"
    remedy = (
        f"{name} takes a tuple of {wanted} views of each sample, all of shape (batch, ...). Make them with "
        f"keras_transfer.data.{made_by}, or yield ((first, second),) from your dataset: Keras reads a bare (first, second) "
        "as inputs and labels."
    )
    if not isinstance(views, list | tuple):
        raise ValueError(f"{remedy} Received: one tensor of shape {tuple(views.shape)}")
    if len(views) < at_least or (exactly and len(views) != exactly):
        raise ValueError(f"{remedy} Received: {len(views)} views")
    return list(views)


def check_vectors(name, encoder):
    """The encoder's width, if it gives one vector a sample."""
    shape = encoder.output_shape if hasattr(encoder, "output_shape") else None
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[-1] is None:
        raise ValueError(
            f"{name} needs an encoder that gives one vector a sample, shape (batch, features): end it with "
            f"keras.layers.GlobalAveragePooling2D, say. Received: {encoder.name} with output shape {shape}"
        )
    return shape[-1]
