import numpy as np
import pytest

from keras_transfer.data import set_epoch, token_windows


def all_of(dataset):
    return [{key: value.numpy() for key, value in batch.items()} for batch in dataset]


class TestTokenWindows:
    def test_windows_are_pieces_of_the_text(self):
        tokens = np.arange(1000, dtype=np.uint16)
        batches = all_of(token_windows(tokens, 8, batch_size=4, steps=5))
        assert len(batches) == 5
        for batch in batches:
            assert batch["token_ids"].shape == (4, 9)
            assert batch["token_ids"].dtype == np.int32
            assert (np.diff(batch["token_ids"], axis=1) == 1).all()
            assert batch["padding_mask"].all()

    def test_windows_begin_everywhere_and_as_often(self):
        tokens = np.arange(15, dtype=np.int64)
        starts = [batch["token_ids"][:, 0] for batch in all_of(token_windows(tokens, 4, batch_size=100, steps=30))]
        counts = np.bincount(np.concatenate(starts), minlength=11)
        assert len(counts) == 11
        # 3000 draws from 11 places: 273 each, with a deviation of 16.
        assert abs(counts - 3000 / 11).max() < 80

    def test_windows_are_a_function_of_seed_epoch_and_position(self):
        tokens = np.arange(10000)
        first, again = (token_windows(tokens, 8, 4, seed=3, steps=4) for _ in range(2))
        one, other = all_of(first), all_of(first)
        assert not np.array_equal(one[0]["token_ids"], other[0]["token_ids"])
        np.testing.assert_array_equal(all_of(again)[2]["token_ids"], one[2]["token_ids"])
        set_epoch(1)
        np.testing.assert_array_equal(all_of(again)[3]["token_ids"], other[3]["token_ids"])

    @pytest.mark.parametrize("count", [33, 34, 40, 9])
    def test_evaluation_predicts_each_token_once(self, count):
        tokens = np.arange(1, count + 1)
        predicted = []
        for batch in all_of(token_windows(tokens, 8, batch_size=3, shuffle=False)):
            for row, real in zip(batch["token_ids"], batch["padding_mask"], strict=True):
                predicted += row[1:][real[1:] == 1].tolist()
        assert predicted == tokens[1:].tolist()

    def test_default_steps_read_the_text_once(self):
        assert token_windows(np.arange(1000), 10, 5).cardinality().numpy() == 20

    @pytest.mark.parametrize(
        ("tokens", "length", "message"),
        [
            (np.arange(8), 8, "8 tokens"),
            (np.arange(8), 0, "length=0"),
            (np.ones((2, 8), int), 2, r"shape \(2, 8\)"),
            (np.ones(8), 2, "float64"),
        ],
    )
    def test_what_makes_no_window_is_named(self, tokens, length, message):
        with pytest.raises(ValueError, match=message):
            token_windows(tokens, length, 2)
