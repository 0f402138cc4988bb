import socket

import keras
import keras_hub
import numpy as np
import pytest

from keras_transfer.encoders import feature_map, from_keras_applications, from_keras_cv, from_keras_hub

PIXELS = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def saved_and_loaded(encoder, path):
    encoder.save(path / "encoder.keras")
    return keras.saving.load_model(path / "encoder.keras")


@pytest.mark.parametrize(
    "name, module, mode, options",
    [
        ("MobileNetV2", "mobilenet_v2", "-1..1", {"alpha": 0.35}),
        ("VGG16", "vgg16", "caffe", {}),
        pytest.param("DenseNet121", "densenet", "imagenet", {}, marks=pytest.mark.slow),
        pytest.param("MobileNetV3Small", "mobilenet_v3", "0..255", {"alpha": 0.35}, marks=pytest.mark.slow),
    ],
)
def test_application_sees_what_its_own_preprocessing_makes(name, module, mode, options):
    encoder = from_keras_applications(name, (32, 32, 3), **options)
    assert encoder.get_layer("image_rescaling").mode == mode
    theirs = getattr(keras.applications, name)(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg", **options
    )
    theirs.set_weights(encoder.get_weights())
    expected = theirs(getattr(keras.applications, module).preprocess_input(PIXELS * 255)).numpy()
    # Untrained networks give numbers of any size.
    np.testing.assert_allclose(encoder(PIXELS), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


@pytest.mark.slow
def test_application_is_one_flat_graph_that_loads(tmp_path):
    encoder = from_keras_applications(keras.applications.MobileNetV2, (32, 32, 3), name="mobile", alpha=0.35)
    assert encoder.name == "mobile" and feature_map(encoder).output_shape == (None, 1, 1, 1280)
    assert not any(isinstance(layer, keras.Model) for layer in encoder.layers)
    np.testing.assert_allclose(saved_and_loaded(encoder, tmp_path)(PIXELS), encoder(PIXELS), rtol=1e-6)


def test_grey_images_take_a_rescaling_that_fits():
    with pytest.raises(ValueError, match="'caffe' is for images of 3 channels"):
        from_keras_applications("VGG16", (32, 32, 1))
    encoder = from_keras_applications("VGG16", (32, 32, 1), rescaling="-1..1")
    assert encoder(PIXELS[..., :1]).shape == (2, 512)


def hub_resnet():
    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64, 8, 8],
        stackwise_num_blocks=[1, 1, 1],
        stackwise_num_strides=[1, 2, 2],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )


def hub_vit():
    return keras_hub.models.ViTBackbone((32, 32, 3), 8, 2, 2, 16, 32)


def test_hub_maps_are_averaged(tmp_path):
    backbone = hub_resnet()
    encoder = from_keras_hub(backbone, (32, 32, 3), rescaling="-1..1")
    np.testing.assert_allclose(encoder(PIXELS), backbone(2 * PIXELS - 1).numpy().mean((1, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(saved_and_loaded(encoder, tmp_path)(PIXELS), encoder(PIXELS), rtol=1e-6)


def test_hub_tokens_are_averaged_or_the_first_is_taken(tmp_path):
    backbone = hub_vit()
    tokens = backbone(PIXELS).numpy()
    mean, first = from_keras_hub(backbone), from_keras_hub(backbone, pool="first")
    np.testing.assert_allclose(mean(PIXELS), tokens.mean(1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(first(PIXELS), tokens[:, 0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(saved_and_loaded(first, tmp_path)(PIXELS), first(PIXELS), rtol=1e-6)


def test_hub_preset_brings_weights_and_rescaling(tmp_path):
    backbone = hub_vit()
    folder = str(tmp_path / "preset")
    backbone.save_to_preset(folder)
    keras_hub.models.ViTImageClassifierPreprocessor(
        keras_hub.layers.ViTImageConverter(image_size=(32, 32), scale=1 / 127.5, offset=-1.0)
    ).save_to_preset(folder)
    encoder = from_keras_hub(folder)
    np.testing.assert_allclose(
        encoder(PIXELS), from_keras_hub(backbone, rescaling="-1..1")(PIXELS), rtol=1e-4, atol=1e-5
    )


def test_cv_backbone_that_rescales_gets_what_it_rescales(tmp_path):
    import keras_cv

    def backbone(rescales):
        return keras_cv.models.ResNetBackbone(
            stackwise_filters=[64, 8],
            stackwise_blocks=[1, 1],
            stackwise_strides=[1, 2],
            include_rescaling=rescales,
            input_shape=(32, 32, 3),
            block_type="basic_block",
        )

    rescales, plain = backbone(True), backbone(False)
    plain.set_weights(rescales.get_weights())
    one, other = from_keras_cv(rescales), from_keras_cv(plain)
    assert [each.get_layer("image_rescaling").mode for each in (one, other)] == ["0..255", "0..1"]
    np.testing.assert_allclose(one(PIXELS), other(PIXELS), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(saved_and_loaded(one, tmp_path)(PIXELS), one(PIXELS), rtol=1e-6)


def test_what_cannot_be_an_encoder_is_named():
    with pytest.raises(ValueError, match="`model` must be one of.*MobileNetV2.*'ResNet49'"):
        from_keras_applications("ResNet49", (32, 32, 3))
    with pytest.raises(ValueError, match="Give `input_shape`"):
        from_keras_hub(hub_resnet())
    with pytest.raises(ValueError, match="`pool` must be one of mean, first"):
        from_keras_hub(hub_vit(), pool="max")
    inputs = keras.Input((8, 8, 3))
    with pytest.raises(ValueError, match="one map, sequence or vector.*pair"):
        from_keras_hub(keras.Model(inputs, [inputs, inputs], name="pair"))
