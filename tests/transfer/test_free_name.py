from keras_transfer.transfer.free_name import free_name


def test_first_that_is_not_taken():
    assert free_name((), "conv/kernel") == "conv/kernel"
    assert free_name({"conv/kernel"}, "conv/kernel") == "conv/kernel#2"
    assert free_name({"conv/kernel": 0, "conv/kernel#2": 1, "conv/kernel#4": 2}, "conv/kernel") == "conv/kernel#3"
