"""Ask a fine-tuned model."""

from keras_transfer.data.question_rows import question_rows
from keras_transfer.transfer.best_answers import best_answers
from keras_transfer.transfer.features import features


def answer_questions(model, tokenizer, pairs, *, no_answers=True, longest=30, stride=None):
    """Answer questions by words of a text.

    Args:
        model: As `finetuning.QuestionAnswering` trains it, from rows of tokens to logits `(batch, length, 2)`.
        tokenizer: `data.TextTokenizer`, the one the model was trained with.
        pairs: `(question, context)`, strings.
        no_answers: Whether a question may go without an answer.
        longest: Words of an answer, at most.
        stride: Tokens between windows of a long context, as in `data.question_rows`.

    Returns:
        An `Answer` for each pair.

    Raises:
        ValueError: if a context has no words, or the model gives other outputs.

    Example:
        >>> model = keras_transfer.transfer.load_model("runs/latest/exported/answerer.keras")
        >>> keras_transfer.transfer.answer_questions(model, tokenizer, [("Who wrote it?", "Ada Lovelace wrote it.")])
        [Answer(text='Ada Lovelace', begin=0, end=12, score=7.2)]
    """
    pairs = list(pairs)
    check_span_logits(model)
    if not pairs:
        return []
    rows, _, windows = question_rows(tokenizer, pairs, [()] * len(pairs), model.input_shape[1], stride)
    logits = features(model, rows, batch_size=64).reshape(*rows.shape, 2)
    return best_answers(windows, logits, no_answers, longest)


def check_span_logits(model):
    """Raise a `ValueError` if the model does not give the logits of beginnings and ends."""
    if len(model.output_shape) != 3 or model.output_shape[-1] != 2:
        raise ValueError(
            "`model` must give two logits a token, shape (batch, length, 2). Received: output shape "
            f"{model.output_shape}"
        )
