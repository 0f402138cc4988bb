import keras
import numpy as np
import pytest

from keras_transfer.encoders import resnet18, resnet50

# Parameters of the published networks without their classifier of 1000 classes: 11,689,512 and 25,557,032 in all.
PUBLISHED = {"resnet18": 11_689_512 - 513_000, "resnet50": 25_557_032 - 2_049_000}


@pytest.mark.parametrize("make", [resnet18, resnet50])
def test_size_is_that_of_the_published_network(make):
    encoder = make((224, 224, 3))
    assert sum(int(np.prod(w.shape)) for w in encoder.trainable_weights) == PUBLISHED[encoder.name]
    assert encoder.output_shape == (None, 512 if make is resnet18 else 2048)
    shapes = [encoder.get_layer(f"stage{stage}_block1_relu").output.shape[1:3] for stage in (1, 2, 3, 4)]
    assert shapes == [(56, 56), (28, 28), (14, 14), (7, 7)]


@pytest.mark.parametrize("make", [resnet18, resnet50])
def test_cifar_stem_keeps_the_resolution(make):
    encoder = make((32, 32, 3), stem="cifar", width=4)
    shapes = [encoder.get_layer(f"stage{stage}_block1_relu").output.shape[1] for stage in (1, 2, 3, 4)]
    assert shapes == [32, 16, 8, 4]
    features = encoder(np.random.default_rng(0).random((2, 32, 32, 3), np.float32))
    assert features.shape == (2, encoder.output_shape[1])


def test_strided_convolutions_pad_both_sides_alike():
    # A network that pads both sides alike commutes with flipping, when its kernels are symmetric.
    encoder = resnet18((33, 33, 1), stem="imagenet", width=2)
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = layer.get_weights()[0]
            layer.set_weights([kernel + kernel[::-1]])
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.gamma.assign(keras.ops.ones_like(layer.gamma))
    image = np.random.default_rng(0).random((1, 33, 33, 1), np.float32)
    np.testing.assert_allclose(encoder(image), encoder(image[:, ::-1]), rtol=1e-4)


def test_blocks_start_as_identities():
    encoder = resnet18((32, 32, 3), stem="cifar", width=2)
    stem, block = (encoder.get_layer(name).output for name in ("stem_relu", "stage1_block2_relu"))
    before, after = keras.Model(encoder.input, [stem, block])(np.ones((1, 32, 32, 3), np.float32))
    np.testing.assert_array_equal(before, after)


def test_every_batch_norm_is_synchronised_and_takes_the_momentum():
    norms = [layer for layer in resnet50((32, 32, 3), "cifar", width=2, momentum=0.7).layers if "norm" in layer.name]
    assert len(norms) == 53 and all(norm.synchronized and norm.momentum == 0.7 for norm in norms)


def test_saves_and_loads(tmp_path):
    encoder = resnet18((16, 16, 3), stem="cifar", width=2)
    encoder.save(tmp_path / "encoder.keras")
    images = np.random.default_rng(0).random((2, 16, 16, 3), np.float32)
    loaded = keras.saving.load_model(tmp_path / "encoder.keras")
    np.testing.assert_array_equal(encoder(images), loaded(images))


def test_unknown_stem_and_small_images_are_named():
    with pytest.raises(ValueError, match="cifar, imagenet. Received: stem='mnist'"):
        resnet18((32, 32, 3), stem="mnist")
    with pytest.raises(ValueError, match="at least 32 x 32 pixels with the imagenet stem"):
        resnet50((28, 28, 1))
