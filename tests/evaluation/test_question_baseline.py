from keras_transfer.evaluation import question_baseline
from keras_transfer.metrics import answer_scores

SHIPS = ["Ada", "Rosa", "Vera", "Nora", "Ida", "Ella", "Mina", "Otto"]


def case(ships, answered=True):
    pairs, answers = [], []
    for number, ship in enumerate(ships):
        other = ships[number - 1]
        context = f"The harbour was calm that day. The ship  that won the race was {ship}, they say. The cook slept ({other})."
        pairs.append(("Which ship won the race?" if answered else "Why do planets orbit stars?", context))
        answers.append(((context.index(ship), context.index(ship) + len(ship)),) if answered else ())
    return pairs, answers


def texts(pairs, answers):
    return [[context[a:b] for a, b in spans] for (_, context), spans in zip(pairs, answers, strict=True)]


def test_a_rare_run_of_the_sentence_that_is_most_similar():
    pairs, answers = case(SHIPS[:5])
    asked, right = case(SHIPS[5:])
    predict = question_baseline(pairs, answers, asked)
    assert predict(0) == predict(1) == [one[0] for one in texts(asked, right)]


def test_long_answers_take_the_sentence():
    pairs, _ = case(SHIPS)
    spans = [((context.index("The ship"), context.index("say.") + 4),) for _, context in pairs]
    assert question_baseline(pairs, spans, pairs[:1])(0) == ["The ship  that won the race was Ada, they say."]


def test_questions_without_an_answer_are_told_by_how_similar_they_are():
    known, none = case(SHIPS[:5]), case(SHIPS[:5], answered=False)
    found = question_baseline([*known[0], *none[0]], [*known[1], *none[1]], [*case(SHIPS[5:])[0], *none[0]])(0)
    assert answer_scores([*texts(*case(SHIPS[5:])), *[[]] * 5], found)["exact_match"] == 1


def test_texts_without_spaces():
    pairs = [("誰が勝った？", "空は青い。勝ったのは東です。"), ("誰が負けた？", "海は広い。負けたのは西です。")]
    spans = [((10, 11),), ((10, 11),)]
    found = question_baseline(pairs, spans, pairs)(0)
    assert all(one in context for one, (_, context) in zip(found, pairs, strict=True))
    assert [one[:4] for one in found] != ["空は青い", "海は広い"]
