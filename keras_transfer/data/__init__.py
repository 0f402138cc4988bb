"""Images, text and tables from disk to batches; views; audit."""

from keras_transfer.data.audit import audit
from keras_transfer.data.audit_report import AuditReport
from keras_transfer.data.batches import batches
from keras_transfer.data.cut_mix import cut_mix
from keras_transfer.data.image_data import ImageData
from keras_transfer.data.load_images import load_images
from keras_transfer.data.mix_up import mix_up
from keras_transfer.data.multi_crop import multi_crop
from keras_transfer.data.normal import normal
from keras_transfer.data.part_audit import PartAudit
from keras_transfer.data.rand_augment import rand_augment
from keras_transfer.data.set_epoch import set_epoch
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.stratified_split import stratified_split
from keras_transfer.data.token_windows import token_windows
from keras_transfer.data.two_views import two_views
from keras_transfer.data.uniform import uniform
from keras_transfer.data.view import view
from keras_transfer.data.view_recipe import ViewRecipe

__all__ = [
    "AuditReport",
    "ImageData",
    "PartAudit",
    "ViewRecipe",
    "audit",
    "batches",
    "cut_mix",
    "load_images",
    "mix_up",
    "multi_crop",
    "normal",
    "rand_augment",
    "set_epoch",
    "split_seeds",
    "stratified_split",
    "token_windows",
    "two_views",
    "uniform",
    "view",
]
