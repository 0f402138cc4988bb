"""Stage 4: write the fine-tuned classifier, tokenizer and all, as a TensorFlow SavedModel; one that writes as .keras."""

import shutil

from keras_transfer import data, transfer
from keras_transfer.project import run_stage, text_schema

from data import load_texts
from tasks import task_of


def export(config, run):
    """Write the fine-tuned classifier as a SavedModel from strings to probabilities, or what writes as a .keras file."""
    texts = load_texts(config)
    classifier = transfer.load_model(run / "classifier.keras")
    tokenizer = data.load_tokenizer(run / "tokenizer")
    folder = run / "exported"
    shutil.rmtree(folder, ignore_errors=True)
    difference = task_of(config).export(classifier, tokenizer, folder, texts)
    print(f"{folder}: answers agree with the model's to {difference:.1e}")
    how = {
        "retrieval": "embed.py texts.csv vectors.parquet",
        "questions": 'predict.py --context text.txt "A question?"',
    }
    print("try it: python", how.get(config.finetune.task, 'predict.py "a text"'))


if __name__ == "__main__":
    run_stage(export, text_schema(), requires=["finetune"])
