"""Stage 2: classify and search the test images, beside chance and an untrained pair of encoders."""

import json

from keras_transfer import data, evaluation, transfer
from keras_transfer.project import image_text_schema, run_stage

from data import load_pairs, prompts, test_pairs, tokens
from model import build_objective


def evaluate(config, run):
    """Classify and search the test images, beside chance and an untrained pair of encoders."""
    pairs = load_pairs(config)
    classes = prompts(config, pairs)
    trained = transfer.load_model(run / "pair.keras")
    tokenizer = data.TextTokenizer.load(run / "tokenizer")
    length = trained.text_encoder.input_shape[1]
    images, texts, matches = test_pairs(pairs)
    report = evaluation.compare_pairs(
        trained,
        lambda: build_objective(config, pairs.image_shape, tokenizer.vocabulary_size, length),
        images,
        tokens(tokenizer, texts, length),
        matches,
        prompts=classes and [tokens(tokenizer, wordings, length) for wordings in classes],
        labels=pairs.y_test,
        seeds=config.evaluate.seeds,
        seed=config.run.seed,
    )
    evaluation.print_table(report)
    report |= {"class_names": pairs.class_names, "seconds": run.seconds, "config": config.to_dict()}
    (run / "report.json").write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")
    print(f"report: {run / 'report.json'}")


if __name__ == "__main__":
    run_stage(evaluate, image_text_schema(), requires=["pretrain"])
