import numpy as np

from keras_transfer.layers import PatchDecoder
from keras_transfer.layers.patch_embedding import sincos_positions


def decoder(depth=0, class_token=False):
    layer = PatchDecoder((2, 3), values=4, width=8, depth=depth, heads=2, class_token=class_token)
    layer.build((None, None, 5))
    layer.mask_token.assign(np.random.default_rng(1).normal(size=(1, 1, 8)))
    return layer


def norm(tokens):
    centred = tokens - tokens.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6)


def test_every_patch_lands_in_its_place():
    # Without blocks, the pixels of a patch depend on its own token and place alone.
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(3, 2, 5)).astype(np.float32)
    order = np.stack([rng.permutation(6) for _ in range(3)])
    for class_token in (False, True):
        layer = decoder(class_token=class_token)
        first = np.ones((3, int(class_token), 5), np.float32)
        rebuilt = layer(np.concatenate([first, tokens], 1), np.argsort(order, 1)).numpy()
        places = sincos_positions((2, 3), 8)
        for image in range(3):
            for rank, patch in enumerate(order[image]):
                token = layer.mask_token.numpy()[0, 0]
                if rank < 2:
                    token = tokens[image, rank] @ layer.project.kernel.numpy() + layer.project.bias.numpy()
                expected = norm(token + places[patch]) @ layer.pixels.kernel.numpy() + layer.pixels.bias.numpy()
                np.testing.assert_allclose(rebuilt[image, patch], expected, rtol=1e-4, atol=1e-5)


def test_patches_hear_of_each_other_through_blocks():
    layer = decoder(depth=1)
    tokens = np.random.default_rng(0).normal(size=(1, 2, 5)).astype(np.float32)
    restore = np.array([[2, 0, 3, 1, 4, 5]])
    before = layer(tokens, restore).numpy()
    tokens[0, 0] += 1
    assert (np.abs(layer(tokens, restore).numpy() - before).max(-1) > 1e-4).all()


def test_config_makes_the_same_layer():
    layer = decoder(depth=1, class_token=True)
    assert PatchDecoder.from_config(layer.get_config()).get_config() == layer.get_config()
