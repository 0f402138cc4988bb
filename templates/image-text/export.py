"""Stage 3: write both encoders, and a classifier made of prompts, as TensorFlow SavedModels."""

import shutil

import numpy as np

from keras_transfer import data, evaluation, transfer
from keras_transfer.export import saved_model
from keras_transfer.project import image_text_schema, run_stage

from data import load_pairs, prompts, tokens


def export(config, run):
    """Write both encoders, and a classifier made of prompts, as SavedModels."""
    pairs = load_pairs(config)
    trained = transfer.load_model(run / "pair.keras")
    images, texts = trained.image_embedder(), trained.text_embedder()
    folder = run / "exported"
    shutil.rmtree(folder, ignore_errors=True)
    for name, embedder in (("images", images), ("texts", texts)):
        embedder.export(folder / name, format="tf_saved_model", verbose=False)
    shutil.copytree(run / "tokenizer", folder / "tokenizer")
    print(f"{folder}: images and texts to vectors of {config.pretrain.projection} numbers")
    classes = prompts(config, pairs)
    if classes:
        tokenizer, length = data.TextTokenizer.load(run / "tokenizer"), texts.input_shape[1]
        vectors = evaluation.class_vectors(
            lambda wordings: texts.predict(tokens(tokenizer, wordings, length), verbose=0), classes
        )
        classifier = transfer.zero_shot(images, vectors, np.asarray(trained.scale()))
        difference = saved_model(classifier, folder / "classifier", class_names=pairs.class_names)
        print(f"{folder / 'classifier'}: probabilities agree with the model's to {difference:.1e}")


if __name__ == "__main__":
    run_stage(export, image_text_schema(), requires=["pretrain"])
