"""Pretraining objectives, one file each: a `keras.Model` around the user's encoder."""

from keras_transfer.objectives.autoencoder import Autoencoder
from keras_transfer.objectives.barlow_twins import BarlowTwins
from keras_transfer.objectives.byol import BYOL
from keras_transfer.objectives.causal_lm import CausalLM
from keras_transfer.objectives.clip import CLIP
from keras_transfer.objectives.contractive_autoencoder import ContractiveAutoencoder
from keras_transfer.objectives.dcl import DCL
from keras_transfer.objectives.denoising_autoencoder import DenoisingAutoencoder
from keras_transfer.objectives.denoising_seq2seq import DenoisingSeq2Seq
from keras_transfer.objectives.dino import DINO
from keras_transfer.objectives.electra import ELECTRA
from keras_transfer.objectives.image_text_objective import ImageTextObjective
from keras_transfer.objectives.masked_autoencoder import MaskedAutoencoder
from keras_transfer.objectives.masked_lm import MaskedLM
from keras_transfer.objectives.moco import MoCo
from keras_transfer.objectives.moco_v3 import MoCoV3
from keras_transfer.objectives.multi_crop_objective import MultiCropObjective
from keras_transfer.objectives.nnclr import NNCLR
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.seq2seq_objective import Seq2SeqObjective
from keras_transfer.objectives.siglip import SigLIP
from keras_transfer.objectives.simclr import SimCLR
from keras_transfer.objectives.simcse import SimCSE
from keras_transfer.objectives.simmim import SimMIM
from keras_transfer.objectives.simsiam import SimSiam
from keras_transfer.objectives.span_corruption import SpanCorruption
from keras_transfer.objectives.sparse_autoencoder import SparseAutoencoder
from keras_transfer.objectives.sup_con import SupCon
from keras_transfer.objectives.swav import SwAV
from keras_transfer.objectives.text_objective import TextObjective
from keras_transfer.objectives.text_to_text import TextToText
from keras_transfer.objectives.token_objective import TokenObjective
from keras_transfer.objectives.two_view_objective import TwoViewObjective
from keras_transfer.objectives.variational_autoencoder import VariationalAutoencoder
from keras_transfer.objectives.vicreg import VICReg

__all__ = [
    "BYOL",
    "CLIP",
    "DCL",
    "DINO",
    "ELECTRA",
    "NNCLR",
    "Autoencoder",
    "BarlowTwins",
    "CausalLM",
    "ContractiveAutoencoder",
    "DenoisingAutoencoder",
    "DenoisingSeq2Seq",
    "ImageTextObjective",
    "MaskedAutoencoder",
    "MaskedLM",
    "MoCo",
    "MoCoV3",
    "MultiCropObjective",
    "Objective",
    "Seq2SeqObjective",
    "SigLIP",
    "SimCLR",
    "SimCSE",
    "SimMIM",
    "SimSiam",
    "SpanCorruption",
    "SparseAutoencoder",
    "SupCon",
    "SwAV",
    "TextObjective",
    "TextToText",
    "TokenObjective",
    "TwoViewObjective",
    "VICReg",
    "VariationalAutoencoder",
]
