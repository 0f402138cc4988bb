from keras_transfer.data import load_texts
from keras_transfer.data.default_texts import CHAPTERS, LABELS_PER_CLASS


def test_no_paragraph_is_in_two_parts_and_all_chapters_are_there():
    texts = load_texts()
    parts = texts.x_unlabelled, texts.x_labelled, texts.x_test
    assert len(set().union(*parts)) == sum(map(len, parts))
    assert texts.class_names == tuple(CHAPTERS.values())
    assert [(texts.y_labelled == number).sum() for number in range(texts.classes)] == [LABELS_PER_CLASS] * texts.classes
    assert set(texts.y_test.tolist()) == set(range(texts.classes))
    assert len(texts.x_unlabelled) > 500 and len(texts.x_test) > 150
    assert "Python's manual" in texts.summary()


def test_is_the_same_each_time():
    assert load_texts().x_labelled == load_texts().x_labelled
