"""An encoder run a chunk of the batch at a time, in training, too."""

import keras
import tensorflow as tf

from keras_transfer.losses.row_tiles import each_tile, joined, places_of, rows_of


def encode(name, encoder, samples, chunk, training):
    """What the encoder makes of samples: in chunks while training, if `chunk` says how many samples at a time; else at once."""
    if chunk is None or not training:
        return encoder(samples, training=training)
    # Layers may have been unfrozen since.
    check_chunks(name, encoder, chunk)
    return in_chunks(encoder, samples, chunk)


def in_chunks(encoder, samples, chunk):
    """`encoder(samples, training=True)` with the memory of `chunk` samples, and with its gradient.

    The forward pass keeps nothing but its outputs. For the gradient each chunk is run once more, with the random numbers (of
    dropout, say) that it had the first time.

    Args:
        encoder: Built model, one input, one output, without batch statistics; see `check_chunks`.
        samples: Tensor of shape `(samples, ...)`.
        chunk: Samples at a time.

    Returns:
        The encoder's outputs for all samples.

    Reference: [GradCache, Gao et al., 2021](https://arxiv.org/abs/2101.06983)
    """
    generators = _generator_states(encoder)

    @tf.custom_gradient
    def run(samples):
        count = rows_of(samples)
        size = min(chunk, count) if isinstance(count, int) else chunk
        chunks = (count + size - 1) // size
        before = [tf.identity(state.value) for state in generators]

        def forward(index, outputs):
            places, _ = places_of(index, size, count)
            return index + 1, outputs.write(index, encoder(tf.gather(samples, places), training=True))

        spec = encoder.compute_output_spec(keras.KerasTensor((None, *samples.shape[1:]), samples.dtype.name))
        outputs = tf.TensorArray(spec.dtype, chunks, infer_shape=False, element_shape=[size, *spec.shape[1:]])
        _, outputs = each_tile(chunks, forward, outputs)
        outputs = joined(outputs, samples)

        def gradient(upstream, variables=()):
            variables = list(variables)
            after = [tf.identity(state.value) for state in generators]
            _set(generators, before)

            def backward(index, *sums):
                places, inside = places_of(index, size, count)
                with tf.GradientTape() as tape:
                    again = encoder(tf.gather(samples, places), training=True)
                wanted = tf.gather(upstream, places)
                inside = tf.reshape(tf.cast(inside, wanted.dtype), [size] + [1] * (wanted.shape.rank - 1))
                found = tape.gradient(again, variables, wanted * inside, unconnected_gradients="zero")
                return index + 1, *(total + one for total, one in zip(sums, found, strict=True))

            _, *of_variables = each_tile(chunks, backward, *(tf.zeros_like(variable) for variable in variables))
            _set(generators, after)
            return None, of_variables

        return outputs, gradient

    return run(samples)


def check_chunks(name, encoder, chunk):
    """Stop if running the encoder in chunks would change what it computes. A chunk of None is no chunk."""
    if chunk is None:
        return
    if chunk < 1:
        raise ValueError(f"`gradient_cache` must be >= 1, or None. Received: gradient_cache={chunk}")
    if len(encoder.inputs) > 1:
        raise ValueError(
            f"`gradient_cache` runs {name}'s encoder a chunk at a time, and takes encoders of one input. Received: "
            f"{encoder.name} with {len(encoder.inputs)}. Use encoders.sentence_encoder for a backbone of texts, or leave "
            "gradient_cache=None."
        )
    for layer in encoder._flatten_layers():
        statistics = isinstance(layer, keras.layers.BatchNormalization | keras.layers.SpectralNormalization)
        if statistics and layer.trainable:
            raise ValueError(
                f"`gradient_cache` runs {name}'s encoder a chunk at a time, but its layer {layer.name} "
                f"({type(layer).__name__}) has statistics of the batch it is called on, which would be those of a chunk, and "
                "would be updated twice. Use an encoder with group or layer normalisation, freeze that layer, or leave "
                "gradient_cache=None."
            )
        if getattr(layer, "activity_regularizer", None) is not None:
            raise ValueError(
                f"`gradient_cache` runs {name}'s encoder a chunk at a time, and cannot add up the activity regularisation of "
                f"its layer {layer.name}. Leave it out, or leave gradient_cache=None."
            )


def _generator_states(encoder):
    weights = {id(weight) for weight in encoder.weights}
    return [variable for variable in encoder.variables if id(variable) not in weights and "int" in variable.dtype]


def _set(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
