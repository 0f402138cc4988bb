"""The decoder of an objective that rebuilds its input."""

import keras

from keras_transfer.encoders.image_decoder import image_decoder


def decoder_for(name, encoder, code, decoder=None):
    """A decoder from codes to the encoder's inputs: the one given, if it is one, or the default for images.

    Args:
        name: Of the objective, for messages.
        encoder: Model whose inputs are to be rebuilt.
        code: Shape of a code, without the batch.
        decoder: Built model, or None.

    Raises:
        ValueError: if the decoder does not give the encoder's input shape, or has to be given.
    """
    wanted = tuple(encoder.input_shape[1:])
    if decoder is None:
        if len(wanted) != 3 or len(code) not in (1, 3):
            raise ValueError(
                f"{name} only makes decoders from vectors or maps to images: give `decoder`, a built model. "
                f"Received: an encoder from {wanted} to {code}"
            )
        return image_decoder(code, wanted, name="decoder")
    if not isinstance(decoder, keras.layers.Layer) or not decoder.built:
        raise ValueError(f"`decoder` must be a built Keras model. Received: {decoder!r}")
    try:
        given = tuple(decoder.compute_output_shape((None, *code)))[1:]
    except ValueError as error:
        raise ValueError(f"`decoder` does not take codes of shape {code}. Received: {decoder.name}") from error
    if given != wanted:
        raise ValueError(
            f"`decoder` must give the encoder's input shape {wanted} from codes of shape {code}. "
            f"Received: {decoder.name}, which gave {given}"
        )
    return decoder
