import numpy as np
import pytest
from PIL import Image

from keras_transfer.data import load_pairs


@pytest.fixture
def folder(tmp_path):
    """Eight grey pictures of one brightness each, `0.png` to `7.png`."""
    for number in range(8):
        Image.fromarray(np.full((6, 5), 20 * number, np.uint8)).save(tmp_path / f"{number}.png")
    return tmp_path


def table(folder, text):
    (folder / "pairs.csv").write_text(text, encoding="utf-8")
    return folder / "pairs.csv"


class TestCSV:
    def test_images_may_have_several_texts(self, folder):
        pairs = load_pairs(
            table(
                folder,
                "path,text,label,split\n"
                '0.png,"a, b",dark,train\n1.png,c,dark,\n0.png,d,dark,train\n'
                "2.png,e,light,test\n3.png,f,,test\n2.png,g,light,test\n",
            )
        )
        np.testing.assert_array_equal(pairs.x_train[:, 0, 0, 0], [0, 20])
        assert pairs.texts_train == ["a, b", "c", "d"]
        assert pairs.rows_train.tolist() == [0, 1, 0]
        np.testing.assert_array_equal(pairs.x_test[:, 0, 0, 0], [40, 60])
        assert pairs.texts_test == ["e", "f", "g"]
        assert pairs.rows_test.tolist() == [0, 1, 0]
        assert pairs.class_names == ("dark", "light")
        assert pairs.y_test.tolist() == [1, -1]
        assert pairs.x_train.shape[1:] == pairs.image_shape == (6, 5, 1)
        assert "3 texts of 2 images, 3 texts of 2 images for test" in pairs.summary()

    def test_without_split_a_tenth_is_for_test_the_same_each_time(self, folder):
        rows = [f"{number % 8}.png,text {number}" for number in range(24)]
        path = table(folder, "path,text\n" + "\n".join(rows))
        with pytest.raises(ValueError, match="two for test. Received: 7 and 1"):
            load_pairs(path)
        for number in range(8, 20):
            Image.fromarray(np.full((6, 5), 10 * number + 5, np.uint8)).save(folder / f"{number}.png")
        path = table(folder, "path,text\n" + "\n".join(f"{number}.png,text {number}" for number in range(20)))
        one, other = load_pairs(path), load_pairs(path)
        assert len(one.x_test) == 2 and one.y_test is None
        np.testing.assert_array_equal(one.x_test, other.x_test)
        assert any("no split" in note for note in one.notes)

    def test_what_is_wrong_is_named_with_its_line(self, folder):
        with pytest.raises(ValueError, match="lacks the column 'text'"):
            load_pairs(table(folder, "path,caption\n0.png,a\n"))
        with pytest.raises(ValueError, match=r"pairs.csv:3: no value in the column 'text'"):
            load_pairs(table(folder, "path,text\n0.png,a\n1.png,\n"))
        with pytest.raises(ValueError, match=r"pairs.csv:2: `split` must be one of train, test. Received: 'dev'"):
            load_pairs(table(folder, "path,text,split\n0.png,a,dev\n"))
        with pytest.raises(ValueError, match=r"pairs.csv:3: .*0.png has another label or split than in .*pairs.csv:2"):
            load_pairs(table(folder, "path,text,split\n0.png,a,train\n0.png,b,test\n"))
        with pytest.raises(ValueError, match="names no images"):
            load_pairs(table(folder, "path,text\n"))

    def test_unusable_files_are_named_or_left_out_with_their_texts(self, folder):
        rows = "path,text,split\n0.png,a,\nno.png,b,\n1.png,c,\n2.png,d,test\n3.png,e,test\nno.png,f,\n"
        with pytest.raises(ValueError, match=r"no.png does not exist \(named in .*pairs.csv:3\)"):
            load_pairs(table(folder, rows))
        pairs = load_pairs(table(folder, rows), on_bad="skip")
        assert pairs.texts_train == ["a", "c"] and pairs.rows_train.tolist() == [0, 1]
        assert len(pairs.skipped) == 1 and any("1 files or lines could not be used" in note for note in pairs.notes)

    def test_shared_images_are_noted(self, folder):
        (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
        pairs = load_pairs(
            table(folder, "path,text,split\n0.png,a,\n1.png,b,\ncopy.png,c,test\n2.png,d,test\n"), image_size=8
        )
        assert any("1 of 2 test images are among those to train with" in note for note in pairs.notes)
        assert pairs.image_shape == (8, 8, 1)


class TestNPZ:
    def save(self, folder, **arrays):
        x = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4)
        np.savez(folder / "pairs.npz", **{"x": x, "texts": list("abcdef"), **arrays})
        return folder / "pairs.npz"

    def test_arrays(self, tmp_path):
        split = ["train", "train", "train", "test", "test", "train"]
        pairs = load_pairs(self.save(tmp_path, split=split, labels=[3, 3, 5, 5, 3, 3]))
        assert pairs.texts_train == list("abcf") and pairs.rows_train.tolist() == [0, 1, 2, 3]
        assert pairs.y_test.tolist() == [1, 0] and pairs.class_names == ("3", "5")

    def test_rows_name_the_image_of_each_text(self, tmp_path):
        path = self.save(tmp_path, rows=[0, 0, 1, 3, 4, 4], split=["train"] * 3 + ["test"] * 3)
        pairs = load_pairs(path)
        assert pairs.texts_train == list("abc") and pairs.rows_train.tolist() == [0, 0, 1]
        assert pairs.texts_test == list("def") and pairs.rows_test.tolist() == [0, 1, 1]
        assert any("2 images have no text" in note for note in pairs.notes)

    @pytest.mark.parametrize(
        "arrays, named",
        [
            ({"texts": list("abc"), "rows": [0, 1, 9]}, "0 to 5. Received: int64, 0 to 9"),
            ({"texts": list("abcdefg")}, "6 images and 7 texts"),
            ({"labels": [1, 2]}, r"`labels` in .* must have the shape \(6,\). Received: \(2,\)"),
            ({"split": ["dev"] * 6}, "'dev'"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path, arrays, named):
        with pytest.raises(ValueError, match=named):
            load_pairs(self.save(tmp_path, **arrays))

    def test_missing_array_and_wrong_file_are_named(self, tmp_path):
        np.savez(tmp_path / "x.npz", x=np.zeros((3, 4, 4)))
        with pytest.raises(ValueError, match="lacks the array `texts`. Received arrays: x"):
            load_pairs(tmp_path / "x.npz")
        with pytest.raises(ValueError, match="is no file"):
            load_pairs(tmp_path / "none.csv")
        (tmp_path / "a.txt").write_text("a")
        with pytest.raises(ValueError, match=r"neither a .csv nor an .npz. Received: a file ending in '.txt'"):
            load_pairs(tmp_path / "a.txt")


class TestDefault:
    def test_prompts_were_never_trained_with(self):
        pairs = load_pairs()
        assert len(pairs.x_train) == 1258 and len(pairs.texts_train) == 4 * 1258 and len(pairs.x_test) == 539
        prompts = [prompt for texts in pairs.prompts for prompt in texts]
        assert len(set(prompts)) == 20
        assert not set(prompts) & set(pairs.texts_train)
        # Every word of them was.
        words = {word for text in pairs.texts_train for word in text.split()}
        assert {word for prompt in prompts for word in prompt.split()} <= words
        assert set(pairs.texts_test) == set(prompts)

    def test_texts_say_what_is_on_the_image(self):
        pairs = load_pairs(image_size=12)
        assert pairs.image_shape == (12, 12, 1)
        for row, label in enumerate(pairs.y_test[:30]):
            texts = [text for text, image in zip(pairs.texts_test, pairs.rows_test, strict=True) if image == row]
            assert sorted(texts) == sorted(pairs.prompts[label])
            assert pairs.class_names[label] in " ".join(texts).split()
