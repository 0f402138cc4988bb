"""Mathematics shared by objectives, one loss a file."""

from keras_transfer.losses.barlow_twins_loss import BarlowTwinsLoss
from keras_transfer.losses.clip_loss import CLIPLoss
from keras_transfer.losses.dcl_loss import DCLLoss
from keras_transfer.losses.info_nce import InfoNCE
from keras_transfer.losses.negative_cosine import NegativeCosine
from keras_transfer.losses.nt_xent import NTXent
from keras_transfer.losses.pair_contrast import PairContrast
from keras_transfer.losses.row_logsumexp import row_logsumexp
from keras_transfer.losses.siglip_loss import SigLIPLoss
from keras_transfer.losses.sinkhorn import sinkhorn
from keras_transfer.losses.smoothed_cross_entropy import SmoothedCrossEntropy
from keras_transfer.losses.span_cross_entropy import SpanCrossEntropy
from keras_transfer.losses.sup_con_loss import SupConLoss
from keras_transfer.losses.token_cross_entropy import TokenCrossEntropy
from keras_transfer.losses.vicreg_loss import VICRegLoss
from keras_transfer.losses.vocabulary_cross_entropy import vocabulary_cross_entropy

__all__ = [
    "BarlowTwinsLoss",
    "CLIPLoss",
    "DCLLoss",
    "InfoNCE",
    "NTXent",
    "NegativeCosine",
    "PairContrast",
    "SigLIPLoss",
    "SmoothedCrossEntropy",
    "SpanCrossEntropy",
    "SupConLoss",
    "TokenCrossEntropy",
    "VICRegLoss",
    "row_logsumexp",
    "sinkhorn",
    "vocabulary_cross_entropy",
]
