"""Stage 3: compare with training from scratch and with an old method on the test texts, and write the report."""

from pathlib import Path

from keras_transfer import data, evaluation, finetuning, transfer
from keras_transfer.project import finetune_options, run_stage, text_schema

from data import labelled, load_texts, test, validation
from model import learning_rates, passes
from tasks import task_of


def evaluate(config, run):
    """Compare the fine-tuned network with the same network trained from scratch, and with an old method, on the test texts."""
    task, texts = task_of(config), load_texts(config)
    tokenizer = data.load_tokenizer(run / "tokenizer")
    encoder = transfer.load_model(run / "encoder.keras")
    length = encoder.input_shape[1]
    x, y = labelled(config, texts, tokenizer, length)
    asked = test(config, texts, tokenizer, length)
    comparison = evaluation.compare(
        task.pretrained(run, encoder),
        (x, y),
        asked,
        task=task.goal(texts, tokenizer),
        recipe=task.recipe(config),
        epochs=passes(config, x),
        budgets={"finetuned": finetuning.Budget.load(run / "budget.json")},
        validation=validation(config, texts, tokenizer, length),
        learning_rates=learning_rates(config),
        baselines={task.old_way: task.predict_the_old_way(texts, tokenizer, length)},
        seeds=config.evaluate.seeds,
        seed=config.run.seed,
        say=print,
        **finetune_options(config),
    )
    report = evaluation.write_report(
        run.path,
        comparison,
        config=config.to_dict(),
        seconds=run.seconds,
        class_names=texts.class_names,
        title=Path(__file__).resolve().parent.name,
    )
    evaluation.print_table(report)
    print(f"report: {run / 'report.html'}")


if __name__ == "__main__":
    run_stage(evaluate, text_schema(), requires=["pretrain", "finetune"])
