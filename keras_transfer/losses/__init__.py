"""Mathematics shared by objectives, one loss a file."""

from keras_transfer.losses.nt_xent import NTXent
from keras_transfer.losses.row_logsumexp import row_logsumexp

__all__ = ["NTXent", "row_logsumexp"]
