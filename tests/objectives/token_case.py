"""What tests of objectives on text share: tiny encoders and rows of tokens."""

import keras_nlp
import numpy as np

from keras_transfer.encoders import text_transformer
from tests.objectives.objective_case import ObjectiveCase

VOCABULARY = 20


class TokenCase(ObjectiveCase):
    causal = False

    def encoder(self, dropout=0.0, length=12):
        return text_transformer(VOCABULARY, length, 1, 2, 8, causal=self.causal, dropout=dropout, name="tiny")

    def bert(self, vocabulary=VOCABULARY):
        return keras_nlp.models.BertBackbone(vocabulary, 1, 2, 8, 16, dropout=0.0, max_sequence_length=12)

    def packed(self, samples, seed=0, length=9):
        """Rows of two documents and padding, of uneven lengths, so that replicas count unevenly."""
        generator = np.random.default_rng(seed)
        token_ids = generator.integers(5, VOCABULARY, (samples, length)).astype(np.int32)
        documents = np.zeros_like(token_ids)
        for row in documents:
            first, second = generator.integers(1, length), generator.integers(1, length)
            row[:first], row[first : first + second] = 1, 2
        return {"token_ids": np.where(documents > 0, token_ids, 0), "documents": documents}
