"""Stage 4: write the fine-tuned classifier as a TensorFlow SavedModel."""

import shutil

from keras_transfer import transfer
from keras_transfer.export import saved_model
from keras_transfer.project import image_schema, run_stage

from data import load_images


def export(config, run):
    """Write the fine-tuned classifier as a SavedModel from images to class probabilities."""
    classifier = transfer.load_model(run / "classifier.keras")
    folder = run / "exported"
    shutil.rmtree(folder, ignore_errors=True)
    difference = saved_model(classifier, folder, class_names=load_images(config).class_names)
    print(f"{folder}: probabilities agree with the model's to {difference:.1e}")


if __name__ == "__main__":
    run_stage(export, image_schema(), requires=["finetune"])
