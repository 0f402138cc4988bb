from keras_transfer.data.text_mark import text_mark


def test_case_and_white_space_do_not_count():
    assert text_mark("The  King\n") == text_mark("the king") != text_mark("theking")
    assert len(text_mark("")) == 16
