"""Write the vectors of texts as a Parquet file: python embed.py texts.csv vectors.parquet

The columns are id (file and line), label where every text has one, and features. It needs keras_transfer and pyarrow.
"""

import argparse
from pathlib import Path

from keras_transfer import data, transfer


def embed(texts, target, run):
    """Write the vectors of a file's or folder's texts; how many there are."""
    documents = list(data.read_documents(texts))
    if not documents:
        raise ValueError(
            f"{texts} holds no text. Expected: a .txt, a .csv or .jsonl with `text`, each also .gz, or a folder"
        )
    fine_tuned = run / "exported" / "embedder.keras"  # of finetune.task=retrieval
    encoder = transfer.load_model(fine_tuned if fine_tuned.is_file() else run / "encoder.keras")
    rows = data.load_tokenizer(run / "tokenizer").rows([one.text for one in documents], encoder.input_shape[1])
    labels = [one.label for one in documents]
    return transfer.save_features(
        target,
        encoder,
        rows["token_ids"],
        labels=None if None in labels else labels,
        ids=[one.where for one in documents],
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, help="a .txt, .csv, .jsonl, each also .gz, or a folder")
    parser.add_argument("target", type=Path, help="the .parquet to write")
    parser.add_argument("--run", type=Path, default=Path("runs/latest"), help="whose encoder (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        count = embed(arguments.texts, arguments.target, arguments.run)
    except (ImportError, OSError, ValueError) as error:
        parser.error(str(error))
    print(f"{arguments.target}: {count} vectors")


if __name__ == "__main__":
    main()
