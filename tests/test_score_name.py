import pytest

from keras_transfer.score_name import score_name


@pytest.mark.parametrize(
    "name, said",
    [
        ("macro_f1", "macro-F1"),
        ("entity_f1", "entity F1"),
        ("zero_shot_accuracy", "zero-shot accuracy"),
        ("rouge_l", "ROUGE-L"),
    ],
)
def test_names_that_people_read(name, said):
    assert score_name(name) == said
