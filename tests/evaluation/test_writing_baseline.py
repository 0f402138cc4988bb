from keras_transfer.evaluation import writing_baseline

NEWS = [
    ("Rain fell in Rome. It was a long day. Nobody minded.", "Rain fell in Rome."),
    ("A dog bit a man! He laughed. Then it barked.", "A dog bit a man!"),
    ("Prices rise again. Shops are empty. Buyers wait.", "Prices rise again."),
]


class TestWritingBaseline:
    def test_takes_the_first_sentence_where_that_is_the_summary(self):
        assert writing_baseline(NEWS, ["The sun shone. All was well.", "no end"])(0) == ["The sun shone.", "no end"]

    def test_takes_the_most_similar_text_where_that_is_nearer(self):
        pairs = [("good morning", "bonjour"), ("good morning all", "bonjour"), ("good night", "dors bien")]
        pairs.append(("good night to you", "dors bien"))
        assert writing_baseline(pairs, ["a very good night", "morning"])(0) == ["dors bien", "bonjour"]

    def test_no_text_is_its_own_neighbour(self):
        """Each training text has a target of its own, which no other has: the text itself is nearer."""
        pairs = [(f"number {word} here", f"number {word}") for word in ("one", "two", "six", "ten")]
        assert writing_baseline(pairs, ["number five here"])(0) == ["number five here"]
