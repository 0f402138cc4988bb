"""Stage 2: fine-tune the pretrained encoder on the labelled images."""

from keras_transfer import callbacks, finetuning, transfer
from keras_transfer.project import finetune_options, image_schema, run_stage

from data import augmentation, labelled, load_images, validation


def finetune(config, run):
    """Fine-tune the pretrained encoder on the labelled images."""
    images = load_images(config)
    x, y = labelled(images)
    settings = dict(
        class_weight=config.finetune.class_weight, **finetune_options(config), **augmentation(config, images)
    )
    with run.strategy.scope():
        encoder = transfer.load_model(run / "encoder.keras")

        def fresh():
            return transfer.classifier(encoder, classes=images.classes)

        epochs = config.finetune.epochs or finetuning.epochs_by_size(len(x))
        budget = finetuning.Budget(config.finetune.learning_rate, epochs)
        if budget.learning_rate is None:
            budget = finetuning.choose_budget(
                fresh, x, y, config.finetune.recipe, epochs=budget.epochs, validation=validation(images), **settings
            )
        classifier = finetuning.finetune(
            fresh(),
            x,
            y,
            config.finetune.recipe,
            epochs=budget.epochs,
            learning_rate=budget.learning_rate,
            validation_data=validation(images),
            seed=config.run.seed,
            callbacks=[
                callbacks.TensorBoard(run.logs, settings=config.to_dict()),
                callbacks.Resume(run.progress),
                callbacks.Progress(),
            ],
            verbose=0,
            **settings,
        ).model
    if run.is_chief:
        budget.save(run / "budget.json")
        classifier.save(run / "classifier.keras")


if __name__ == "__main__":
    run_stage(finetune, image_schema(), requires=["pretrain"])
