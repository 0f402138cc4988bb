"""Pretraining objectives, one file each: a `keras.Model` around the user's encoder."""
