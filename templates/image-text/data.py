"""From files to batches."""

import numpy as np
import tensorflow as tf

from keras_transfer import data
from keras_transfer.project import RunError

LONGEST = 64


def load_pairs(config):
    """All images and texts, read and checked; what is wrong with them is said here, before anything is trained."""
    try:
        pairs = data.load_pairs(config.data.pairs, image_size=config.data.image_size, on_bad=config.data.on_bad)
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error
    print(pairs.summary())
    return pairs


def make_tokenizer(config, texts):
    """A tokenizer learned from the texts, and how many tokens a text may have."""
    size = config.text.vocabulary_size
    tokenizer = data.train_tokenizer(texts, config.text.tokenizer, vocabulary_size=size, lowercase=True)
    longest = max(map(len, tokenizer.encode(texts))) + 2  # start and end
    return tokenizer, config.text.length or min(longest, LONGEST)


def tokens(tokenizer, texts, length):
    """Rows of tokens, as the text encoder takes them."""
    return tokenizer.rows(list(texts), length)["token_ids"]


def pretraining_batches(config, pairs, rows):
    """Batches of ((images, texts),): a random view of each text's image, and the row of its tokens."""
    name = config.pretrain.views
    recipe = data.ViewRecipe.preset("weak", flip=0.0) if name == "crops" else data.ViewRecipe.preset(name)
    images = tf.constant(pairs.x_train)

    def load(batch, seeds):
        image, text = batch
        return ((data.view(tf.gather(images, image), seeds, recipe), text),)

    return data.batches((pairs.rows_train, rows), config.pretrain.batch_size, seed=config.run.seed, map=load)


def prompts(config, pairs):
    """For each class texts that name it: the data's own, or those of the config; None without labels."""
    if not pairs.class_names:
        return None
    wordings = config.evaluate.prompts
    if not wordings or not all("{}" in wording for wording in wordings):
        raise RunError(f"evaluate.prompts must hold wordings with {{}} for a class's name. Received: {list(wordings)}")
    return pairs.prompts or [[wording.replace("{}", name) for wording in wordings] for name in pairs.class_names]


def test_pairs(pairs):
    """Test images in 0..1, their texts without repetition, and which belong together: rows of (image, text)."""
    texts, row = np.unique(pairs.texts_test, return_inverse=True)
    return pairs.x_test.astype(np.float32) / 255, texts, np.stack([pairs.rows_test, row], axis=1)
