"""What objectives on text share."""

import keras

from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.token_rows import check_text_encoder, encode, is_packed, token_rows, unreached_weights


@keras.saving.register_keras_serializable("keras_transfer")
class TextObjective(Objective):
    """An objective on rows of tokens: token ids, or a dict of `token_ids` and one of `padding_mask` and `documents`.

    Args:
        encoder: Model from tokens to one vector each: a backbone of keras-hub, `encoders.text_transformer`, or a model of your
            own from token ids.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if the encoder does not give one vector a token.
    """

    def __init__(self, encoder, **kwargs):
        super().__init__(encoder, **kwargs)
        self.width = check_text_encoder(type(self).__name__, encoder)
        self._unreached = unreached_weights(encoder)

    @property
    def trainable_variables(self):
        """What is trained: the encoder's pooler, if it has one, has no part in the loss and stays as it is."""
        return [variable for variable in super().trainable_variables if id(variable) not in self._unreached]

    @property
    def trainable_weights(self):
        """The same as `trainable_variables`."""
        return self.trainable_variables

    def rows(self, inputs):
        """The batch as a dict of `token_ids` and `documents`, int32 of shape `(batch, length)`."""
        return token_rows(type(self).__name__, inputs)

    def encode(self, rows, inputs, training=None):
        """One vector a token, `(batch, length, width)`."""
        return encode(self.encoder, rows, is_packed(inputs), training)
