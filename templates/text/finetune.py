"""Stage 2: fine-tune the pretrained encoder on the labelled texts."""

from keras_transfer import callbacks, data, finetuning, transfer
from keras_transfer.project import finetune_options, run_stage, text_schema

from data import labelled, load_texts, validation
from model import learning_rates, passes
from tasks import task_of


def finetune(config, run):
    """Fine-tune the pretrained encoder on the labelled texts."""
    texts = load_texts(config)
    tokenizer = data.load_tokenizer(run / "tokenizer")
    with run.strategy.scope():
        encoder = transfer.load_model(run / "encoder.keras")
        length = encoder.input_shape[1]
        x, y = labelled(config, texts, tokenizer, length)
        held_out = validation(config, texts, tokenizer, length)
        task = task_of(config)
        goal, encoder, recipe = task.goal(texts, tokenizer), task.pretrained(run, encoder), task.recipe(config)
        settings = dict(task=goal, **finetune_options(config))

        def fresh():
            return goal.network(encoder)

        budget = finetuning.Budget(config.finetune.learning_rate, passes(config, x))
        if budget.learning_rate is None:
            budget = finetuning.choose_budget(
                fresh,
                x,
                y,
                recipe,
                epochs=budget.epochs,
                validation=held_out,
                learning_rates=learning_rates(config),
                **settings,
            )
        classifier = finetuning.finetune(
            fresh(),
            x,
            y,
            recipe,
            epochs=budget.epochs,
            learning_rate=budget.learning_rate,
            validation_data=held_out,
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
    run_stage(finetune, text_schema(), requires=["pretrain"])
