"""Whether a model gives logits, as far as can be told."""

import keras


def check_logits(argument, model):
    """Stop if a functional or sequential model ends with an activation: a softmax of a softmax would train, and badly."""
    layer = model
    while isinstance(layer, keras.Sequential | keras.src.models.functional.Functional) and layer.layers:
        layer = layer.layers[-1]
    activation = getattr(layer, "activation", None)
    ended = isinstance(layer, keras.layers.Softmax) or activation not in (None, keras.activations.linear)
    if ended:
        raise ValueError(
            f"`{argument}` must give logits: its last layer must have no activation. "
            f"Received: {model.name}, which ends with {layer.name} ({getattr(activation, '__name__', 'softmax')})"
        )
