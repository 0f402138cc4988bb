from keras_transfer.evaluation import commonest_tag_baseline


def test_known_words_by_their_commonest_tag_and_others_by_the_commonest_of_all():
    sentences = [("may", "may", "Rome"), ("may", "go", "now"), ("so", "so")]
    tags = [(2, 1, 3), (2, 0, 0), (1, 0)]
    predict = commonest_tag_baseline(sentences, tags, [("may", "Paris"), ("Rome", "so")])
    # "so" has two tags as often; of all words 0 is the commonest, for Paris.
    assert [list(one) for one in predict(0)] == [[2, 0], [3, 0]]
