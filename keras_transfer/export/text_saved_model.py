"""A classifier of texts as a TensorFlow SavedModel, tokenizer and all."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_transfer.data.text_tokenizer import are_pairs
from keras_transfer.export.saved_model import check_target, write_class_names


def text_saved_model(
    classifier, tokenizer, folder, class_names=None, texts=("A text.", "Another one, a little longer!")
):
    """Write a SavedModel that maps raw strings to class probabilities, and prove that it does.

    The tokenizer is inside. Whoever loads it imports `tensorflow_text`, which brings the operations that split texts, and
    neither Keras nor this library.

    Args:
        classifier: Model from rows of token ids to logits, as `transfer.classifier` makes it around a
            `encoders.sentence_encoder`; weights in one precision or another.
        tokenizer: The `data.TextTokenizer` it was trained with.
        folder: Where to; must not exist or be empty.
        class_names: Names in the order of the outputs, written to `assets.extra/classes.json`.
        texts: On which the file that was written must agree with the model. Pairs of strings, for a classifier of pairs: what is
            served then takes `texts` and `texts_2`.

    Returns:
        The largest difference of a probability over those texts.

    Raises:
        FileExistsError: if the folder holds something.
        ValueError: if there is not one name a class.
        RuntimeError: if what was written computes something else.

    Example:
        >>> keras_transfer.export.text_saved_model(classifier, tokenizer, "exported", ["bad", "good"])
        >>> import tensorflow_text
        >>> model = tf.saved_model.load("exported")
        >>> model.serve(["What a film!"])
    """
    folder, length = Path(folder), classifier.input_shape[1]
    check_target(folder, classifier.output_shape[-1], class_names)
    module = tf.Module()
    module.held = [variable.value for variable in classifier.variables]
    module.tokenizer = tokenizer.layer

    def serve(texts, texts_2=None):
        logits = classifier(tokenizer.rows_in_graph(texts, length, texts_2), training=False)
        return tf.nn.softmax(tf.cast(logits, tf.float32))

    texts = list(texts)
    columns = list(zip(*texts, strict=True)) if are_pairs(texts) else [texts]
    specs = [tf.TensorSpec((None,), tf.string, name=name) for name in ("texts", "texts_2")[: len(columns)]]
    module.serve = tf.function(serve, input_signature=specs)
    named = tf.function(lambda *columns: {"probabilities": module.serve(*columns)})
    signature = named.get_concrete_function(*specs)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": signature})
    write_class_names(folder, class_names)
    # Held in a name: its variables die with it.
    loaded = tf.saved_model.load(str(folder))
    served = loaded.serve(*map(tf.constant, columns)).numpy()
    logits = classifier(tokenizer.rows(texts, length)["token_ids"], training=False)
    difference = float(np.abs(served - tf.nn.softmax(tf.cast(logits, tf.float32)).numpy()).max())
    if not difference < 1e-3:
        raise RuntimeError(f"{folder}: the SavedModel's probabilities differ from the model's by up to {difference:g}")
    return difference
