import keras
import pytest

from keras_transfer.adaptation.check_logits import check_logits


def model(*layers):
    return keras.Sequential([keras.Input((4,)), *layers], name="tail")


def test_logits_pass():
    check_logits("classifier", model(keras.layers.Dense(3)))
    check_logits("classifier", model(keras.layers.Dense(4, activation="relu"), model(keras.layers.Dense(3))))
    check_logits("classifier", keras.layers.LayerNormalization())


@pytest.mark.parametrize(
    "layer", [keras.layers.Dense(3, "softmax"), keras.layers.Softmax(), keras.layers.Activation("tanh")]
)
def test_an_activation_at_the_end_is_named(layer):
    with pytest.raises(ValueError, match="`classifier` must give logits.*Received: tail, which ends with"):
        check_logits("classifier", model(layer))


def test_an_activation_in_the_last_model_is_found():
    with pytest.raises(ValueError, match="ends with last"):
        check_logits("classifier", model(model(keras.layers.Dense(2, "sigmoid", name="last"))))
