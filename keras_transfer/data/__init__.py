"""Images, text and tables from disk to batches; views; audit."""

from keras_transfer.data.batches import batches
from keras_transfer.data.normal import normal
from keras_transfer.data.set_epoch import set_epoch
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.two_views import two_views
from keras_transfer.data.uniform import uniform
from keras_transfer.data.view import view
from keras_transfer.data.view_recipe import ViewRecipe

__all__ = ["ViewRecipe", "batches", "normal", "set_epoch", "split_seeds", "two_views", "uniform", "view"]
