import numpy as np
import pytest

from keras_transfer import encoders, objectives


@pytest.mark.parametrize("side, stages", [(4, 1), (8, 2), (28, 3), (31, 3), (32, 4), (224, 4), (None, 4)])
def test_stages_leave_a_map_of_four_or_more(side, stages):
    assert encoders.small_cnn((side, side, 1), width=4).output_shape == (None, 4 << (stages - 1))


def test_one_of_any_size_takes_small_crops_as_they_are():
    encoder = encoders.small_cnn((None, None, 3), width=4)
    seen, call = [], encoder.call
    encoder.call = lambda x, **options: seen.append(tuple(x.shape[1:3])) or call(x, **options)
    model = objectives.SwAV(encoder, projection=(8, 4), prototypes=5)
    crops = tuple(np.random.default_rng(0).random((6, side, side, 3), np.float32) for side in (16, 16, 8))
    model.compile("sgd")
    loss = model.train_on_batch(crops)
    assert set(seen) == {(16, 16), (8, 8)} and np.isfinite(loss)


def test_images_that_are_too_small_are_refused():
    with pytest.raises(ValueError, match=r"at least 4 x 4 pixels. Received: input_shape=\(3, 28, 1\)"):
        encoders.small_cnn((3, 28, 1))
