"""Stage 3: compare with training from scratch on the test images, and write the report."""

from pathlib import Path

from keras_transfer import evaluation, finetuning, transfer
from keras_transfer.project import finetune_options, image_schema, run_stage

from data import augmentation, labelled, load_images, test, validation


def evaluate(config, run):
    """Compare the fine-tuned network with the same network trained from scratch, on the test images."""
    images = load_images(config)
    comparison = evaluation.compare(
        transfer.load_model(run / "encoder.keras"),
        labelled(images),
        test(images),
        classes=images.classes,
        recipe=config.finetune.recipe,
        epochs=config.finetune.epochs,
        budgets={"finetuned": finetuning.Budget.load(run / "budget.json")},
        validation=validation(images),
        seeds=config.evaluate.seeds,
        seed=config.run.seed,
        say=print,
        class_weight=config.finetune.class_weight,
        **finetune_options(config),
        **augmentation(config, images),
    )
    report = evaluation.write_report(
        run.path,
        comparison,
        config=config.to_dict(),
        seconds=run.seconds,
        class_names=images.class_names,
        title=Path(__file__).resolve().parent.name,
    )
    evaluation.print_table(report)
    print(f"report: {run / 'report.html'}")


if __name__ == "__main__":
    run_stage(evaluate, image_schema(), requires=["pretrain", "finetune"])
