import keras
import keras_nlp
import numpy as np
import pytest

from keras_transfer.encoders import sentence_encoder, text_transformer
from keras_transfer.transfer import load_model

TOKENS = np.array([[2, 7, 8, 3, 0, 0], [2, 9, 9, 9, 9, 3]], np.int32)


def bert():
    return keras_nlp.models.BertBackbone(20, 1, 2, 8, 16, dropout=0.0, max_sequence_length=6)


class TestSentenceEncoder:
    @pytest.mark.parametrize("backbone", [bert, lambda: text_transformer(20, 6, 1, 2, 8)])
    @pytest.mark.parametrize("pool", ["mean", "start"])
    def test_padding_has_no_say(self, backbone, pool):
        backbone = backbone()
        vectors = sentence_encoder(backbone, 6, pool)(TOKENS).numpy()
        names, mask = set(backbone.input), (TOKENS[:1, :4] > 0).astype(np.int32)
        alone = {"token_ids": TOKENS[:1, :4], "padding_mask": mask, "documents": mask, "segment_ids": mask * 0}
        outputs = backbone({key: alone[key] for key in names})
        outputs = (outputs["sequence_output"] if isinstance(outputs, dict) else outputs).numpy()[0]
        expected = outputs.mean(axis=0) if pool == "mean" else outputs[0]
        np.testing.assert_allclose(vectors[0], expected, atol=1e-5)

    def test_saves_and_loads(self, tmp_path):
        encoder = sentence_encoder(bert(), 6)
        encoder.save(tmp_path / "encoder.keras")
        np.testing.assert_allclose(
            keras.saving.load_model(tmp_path / "encoder.keras")(TOKENS), encoder(TOKENS), atol=1e-6
        )

    def test_what_does_not_fit_is_named(self):
        with pytest.raises(ValueError, match="pool='max'"):
            sentence_encoder(bert(), 6, "max")
        with pytest.raises(ValueError, match="decoder_token_ids"):
            inputs = {name: keras.Input((6,), name=name) for name in ("token_ids", "decoder_token_ids")}
            sentence_encoder(keras.Model(inputs, inputs["token_ids"]), 6)

    def test_of_a_model_with_a_decoder_the_encoder_is_taken(self, tmp_path):
        backbone = keras_nlp.models.BartBackbone(20, 1, 2, 8, 16, dropout=0.0, max_sequence_length=6)
        encoder = sentence_encoder(backbone, 6)
        mask = (TOKENS > 0).astype(np.int32)
        sides = {
            f"{side}_{name}": rows
            for side in ("encoder", "decoder")
            for name, rows in (("token_ids", TOKENS), ("padding_mask", mask))
        }
        whole = backbone(sides)["encoder_sequence_output"].numpy()
        np.testing.assert_allclose(encoder(TOKENS)[0], whole[0, :4].mean(axis=0), atol=1e-5)
        encoder.save(tmp_path / "encoder.keras")
        np.testing.assert_allclose(load_model(tmp_path / "encoder.keras")(TOKENS), encoder(TOKENS), atol=1e-6)
