"""What the labels are, and all that hangs on it: a class for each kind of label, chosen by `finetune.task`."""

import json

import numpy as np

from keras_transfer import data, evaluation, export, finetuning, metrics, transfer
from keras_transfer.project import RunError

from model import WRITING

SHORTEST = 8  # row of a question and its text


def task_of(config):
    """How the project's labels are read, learnt, scored and exported."""
    return TASKS[config.finetune.task](config)


class Labels:
    """What most kinds of labels have in common."""

    can_probe = True  # whether a recipe may begin with a linear layer on the frozen encoder

    def __init__(self, config):
        recipe, task = config.finetune.recipe, config.finetune.task
        if not self.can_probe and recipe not in ("full", "gradual"):
            raise RunError(
                f"finetune.task={task} has no probe to begin with: set finetune.recipe=full. Received: {recipe}"
            )

    def pretrained(self, run, encoder):
        """What fine-tuning begins with."""
        return encoder

    def recipe(self, config):
        """How everything is trained."""
        return config.finetune.recipe

    def truth(self, texts, y, tokenizer, length):
        """What the answers to the test are measured by."""
        return y


class Classes(Labels):
    """One class a text, or a pair of texts."""

    old_way = "TF-IDF + logistic regression"
    one_a_text = True  # so that pretraining can be watched by a probe

    def __init__(self, config):
        super().__init__(config)
        self.pairs = config.finetune.task == "pairs"
        self.longest = 128 if self.pairs else 64

    def load(self, **parts):
        return data.load_texts(**parts, pairs=self.pairs)

    def goal(self, texts, tokenizer):
        """What a network learns, for `finetuning` and `evaluation`."""
        return finetuning.Classification(texts.classes)

    def lengths(self, tokenizer, samples):
        """Tokens that each sample takes."""
        return tokenizer.row_lengths(samples)

    def cut(self, longer, part, length):
        return f"{longer} {part} texts are longer than {length} tokens: the rest of them is not read."

    def rows(self, tokenizer, samples, labels, length):
        """Inputs and targets of a network."""
        return tokenizer.rows(list(samples), length)["token_ids"], labels

    def check(self, texts):
        """Stop if a learning rate could not be chosen by the labelled texts alone."""
        counts = np.bincount(texts.y_labelled, minlength=texts.classes)
        if counts.min() < 2:
            name = texts.class_names[counts.argmin()]
            raise RunError(
                f"data.labelled has one text of the class {name!r}, and a learning rate is judged on "
                "others: label two of each class, name data.validation, or set finetune.learning_rate"
            )

    def predict_the_old_way(self, texts, tokenizer, length):
        """A function of a seed that answers to the test samples without a network."""
        chosen_by = None if texts.x_validation is None else (texts.x_validation, texts.y_validation)
        return evaluation.tfidf_baseline(texts.x_labelled, texts.y_labelled, texts.x_test, validation=chosen_by)

    def export(self, model, tokenizer, folder, texts):
        """Write a SavedModel from strings; the largest difference of a probability to the model's."""
        samples = texts.x_labelled[:16]
        return export.text_saved_model(model, tokenizer, folder, class_names=texts.class_names, texts=samples)


class Tags(Labels):
    """One tag a word: named entities, parts of speech."""

    old_way = "commonest tag of each word"
    one_a_text = False
    longest = 128

    def load(self, **parts):
        return data.load_tagged(**parts)

    def goal(self, texts, tokenizer):
        return finetuning.TokenClassification(texts.class_names)

    def lengths(self, tokenizer, samples):
        if isinstance(samples[0], str):
            return tokenizer.row_lengths(samples)
        return [2 + sum(map(len, words)) for words in data.word_pieces(tokenizer, samples)]

    def cut(self, longer, part, length):
        return f"{longer} {part} sentences are longer than {length} tokens: they go on in a further row."

    def rows(self, tokenizer, samples, labels, length):
        return data.tagged_rows(tokenizer, samples, labels, length)

    def check(self, texts):
        if len(texts.x_labelled) < 2:
            raise RunError(
                "data.labelled has one sentence, and a learning rate is judged on others: tag more, name data.validation, or set "
                "finetune.learning_rate"
            )

    def predict_the_old_way(self, texts, tokenizer, length):
        tag = evaluation.commonest_tag_baseline(texts.x_labelled, texts.y_labelled, texts.x_test)
        return lambda seed: self.rows(tokenizer, texts.x_test, tag(seed), length)[1]

    def export(self, model, tokenizer, folder, texts):
        return export.tagger_saved_model(model, tokenizer, folder, texts.class_names, texts.x_labelled[:16])


class Questions(Labels):
    """Questions that words of a text answer, or that it does not."""

    old_way = "most similar sentence or words of it"
    one_a_text = False
    longest = 256
    can_probe = False

    def __init__(self, config):
        super().__init__(config)
        if config.data.length and config.data.length < SHORTEST:
            raise RunError(
                f"data.length={config.data.length}: a question and a part of its text take {SHORTEST} tokens at least"
            )

    def load(self, **parts):
        return data.load_questions(**parts)

    def goal(self, texts, tokenizer):
        return finetuning.QuestionAnswering(no_answers=not all(texts.y_labelled))

    def lengths(self, tokenizer, samples):
        return tokenizer.row_lengths(samples)

    def cut(self, longer, part, length):
        return f"{longer} {part} questions have a text longer than {length} tokens: it is read in windows that overlap."

    def rows(self, tokenizer, samples, labels, length):
        return data.question_rows(tokenizer, samples, labels, length)[:2]

    def truth(self, texts, y, tokenizer, length):
        return data.question_rows(tokenizer, texts.x_test, texts.y_test, length)[2]

    def check(self, texts):
        if len({question for question, _ in texts.x_labelled}) < 2:
            raise RunError(
                "data.labelled has one question, and a learning rate is judged on others: name more, data.validation, or set "
                "finetune.learning_rate"
            )

    def predict_the_old_way(self, texts, tokenizer, length):
        return evaluation.question_baseline(texts.x_labelled, texts.y_labelled, texts.x_test)

    def export(self, model, tokenizer, folder, texts):
        """Write model, tokenizer and how to ask; the largest difference of a logit after they were read again."""
        model, again = _saved(model, tokenizer, folder / "answerer.keras")
        goal = self.goal(texts, tokenizer)
        asking = {"no_answers": goal.no_answers, "longest": goal.longest}
        (folder / "asking.json").write_text(json.dumps(asking) + "\n", encoding="utf-8")
        rows = self.rows(tokenizer, texts.x_labelled[:16], texts.y_labelled[:16], model.input_shape[1])[0]
        return float(np.abs(transfer.features(model, rows) - transfer.features(again, rows)).max())


class TextPairs(Labels):
    """Pairs of texts that belong together, without labels; everything is trained at once."""

    one_a_text = can_probe = False

    def load(self, **parts):
        return data.load_texts(**parts, pairs=True, labels=False)

    def recipe(self, config):
        return "full"

    def lengths(self, tokenizer, samples):
        if isinstance(samples[0], str):
            return tokenizer.row_lengths(samples)
        return [max(sides) for sides in zip(*map(tokenizer.row_lengths, zip(*samples, strict=True)), strict=True)]

    def cut(self, longer, part, length):
        return f"{longer} {part} pairs have a text longer than {length} tokens: the rest of it is not read, or written."

    def check(self, texts):
        if len(texts.x_labelled) < 2:
            raise RunError(
                "data.labelled has one pair, and a learning rate is judged on others: name more, data.validation, or set "
                "finetune.learning_rate"
            )


class Writing(TextPairs):
    """A text that belongs to another: its summary, its translation."""

    old_way = "first sentences or most similar text"
    longest = 128

    def __init__(self, config):
        super().__init__(config)
        objective = config.pretrain.objective
        if objective not in WRITING:
            raise RunError(
                f"finetune.task=writing needs an encoder with a decoder: set pretrain.objective to one of {', '.join(WRITING)}. "
                f"Received: pretrain.objective={objective}"
            )

    def load(self, **parts):
        try:
            metrics.text_scores(["a"], ["a"])
        except ImportError as error:  # said now, not after hours of training
            raise RunError(str(error)) from error
        return super().load(**parts)

    def pretrained(self, run, encoder):
        return transfer.load_model(run / "backbone.keras")

    def truth(self, texts, y, tokenizer, length):
        return np.array([target for _, target in texts.x_test])

    def goal(self, texts, tokenizer):
        return finetuning.Writing(tokenizer)

    def rows(self, tokenizer, samples, labels, length):
        return finetuning.Writing(tokenizer).rows(*zip(*samples, strict=True), length)

    def predict_the_old_way(self, texts, tokenizer, length):
        return evaluation.writing_baseline(texts.x_labelled, [source for source, _ in texts.x_test])

    def export(self, model, tokenizer, folder, texts):
        """Write model and tokenizer; the largest difference of a score after they were read again."""
        backbone, again = _saved(model.encoder, tokenizer, folder / "writer.keras")
        rows = self.rows(tokenizer, texts.x_labelled[:16], None, 8)[0]
        read, written = (
            {"token_ids": side, "padding_mask": side != tokenizer.pad_id} for side in (rows[:, 0], rows[:, 1])
        )
        sides = {"encoder": read, "decoder": written}
        inputs = {
            f"{side}_{name}": part.astype("int32") for side, parts in sides.items() for name, part in parts.items()
        }
        ours, theirs = (one(inputs)["decoder_sequence_output"] for one in (backbone, again))
        return float(np.abs(np.array(ours) - np.array(theirs)).max())


class Search(TextPairs):
    """Two texts that belong together, to be found by each other: question and answer, title and body."""

    old_way = "TF-IDF"
    longest = 64

    def goal(self, texts, tokenizer):
        return evaluation.Retrieval()

    def rows(self, tokenizer, samples, labels, length):
        return evaluation.Retrieval().rows(tokenizer, samples, length)

    def predict_the_old_way(self, texts, tokenizer, length):
        known = [*texts.x_unlabelled, *(text for pair in texts.x_labelled for text in pair)]
        return evaluation.search_baseline(known, texts.x_test)

    def export(self, model, tokenizer, folder, texts):
        """Write encoder and tokenizer; the largest difference of a vector's element after they were read again."""
        encoder, again = _saved(evaluation.Retrieval().encoder_of(model), tokenizer, folder / "embedder.keras")
        rows = tokenizer.rows([text for text, _ in texts.x_labelled[:16]], encoder.input_shape[1])["token_ids"]
        return float(np.abs(transfer.features(encoder, rows) - transfer.features(again, rows)).max())


def _saved(model, tokenizer, path):
    """A model, and what is read of it again once it is written beside its tokenizer."""
    path.parent.mkdir(parents=True)
    model.save(path)
    tokenizer.save(path.parent / "tokenizer")
    return model, transfer.load_model(path)


TASKS = {
    "classification": Classes,
    "pairs": Classes,
    "tokens": Tags,
    "questions": Questions,
    "writing": Writing,
    "retrieval": Search,
}
