import numpy as np
import pytest

from keras_transfer.evaluation import class_vectors, scores

VECTORS = {"a cat": [2.0, 0.0], "cats": [0.0, 5.0], "a dog": [-1.0, 0.0], "the dog": [-3.0, 0.0], "dogs": [-1.0, 1.0]}


def embed(texts):
    return [VECTORS[text] for text in texts]


def test_prompts_are_averaged_as_directions():
    classes = class_vectors(embed, [["a cat", "cats"], ["a dog", "the dog", "dogs"]])
    np.testing.assert_allclose(classes[0], np.sqrt([0.5, 0.5]), rtol=1e-6)
    mean = (np.array([-2.0, 0.0]) + np.array([-1.0, 1.0]) / np.sqrt(2)) / 3
    np.testing.assert_allclose(classes[1], mean / np.linalg.norm(mean), rtol=1e-6)


def test_the_nearest_class_classifies():
    images = np.array([[1.0, 0.2], [-1.0, 0.1], [0.1, 1.0]])
    classes = class_vectors(embed, [["a cat", "cats"], ["a dog"]])
    assert scores([0, 1, 0], images @ classes.T)["accuracy"] == 1.0


def test_class_without_prompt_is_named():
    with pytest.raises(ValueError, match=r"by class: \[1, 0\]"):
        class_vectors(embed, [["a cat"], []])
