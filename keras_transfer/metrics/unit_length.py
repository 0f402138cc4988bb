"""Directions of embeddings."""

import numpy as np


def unit_length(name, embeddings):
    """Rows scaled to length 1 in float32, after a check that they are rows; rows of zeros stay zeros."""
    embeddings = np.asarray(embeddings, np.float32)
    if embeddings.ndim != 2 or not len(embeddings):
        raise ValueError(
            f"`{name}` must hold one embedding a row, shape (samples, width). Received: shape {embeddings.shape}"
        )
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return embeddings / np.where(lengths > 0, lengths, 1.0)
