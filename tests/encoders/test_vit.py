import keras
import numpy as np
import pytest

from keras_transfer.encoders import ViT, feature_map

# Parameters of the published networks (224 pixels, patches of 16, learned positions, class token) without their classifiers of
# 1000 classes: 5,717,416, 22,050,664 and 86,567,656 in all. Ours has no position for the class token.
PUBLISHED = {
    "tiny": 5_717_416 - 193_000 - 192,
    "small": 22_050_664 - 385_000 - 384,
    "base": 86_567_656 - 769_000 - 768,
}


def small(**options):
    return ViT((8, 12, 1), patch_size=4, size=(8, 2, 2), **options)


def images(count=3):
    return np.random.default_rng(0).random((count, 8, 12, 1), np.float32)


@pytest.mark.parametrize("size", ["tiny", pytest.param("small", marks=pytest.mark.slow)])
def test_size_is_that_of_the_published_network(size):
    encoder = ViT((224, 224, 3), size=size, class_token=True, positions="learned")
    assert sum(int(np.prod(w.shape)) for w in encoder.trainable_weights) == PUBLISHED[size]


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def norm(tokens, layer):
    centred = tokens - tokens.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6) * layer.gamma.numpy() + layer.beta.numpy()


def slow_block(tokens, block):
    """x + attention(norm(x)), then x + mlp(norm(x)), for the tokens of one image, head by head."""
    attention = block._self_attention_layer
    (q, qb, k, kb, v, vb, o, ob) = [w.numpy() for w in attention.weights]
    normed = norm(tokens, block._self_attention_layer_norm)
    total = np.zeros_like(tokens)
    for head in range(q.shape[1]):
        queries, keys, values = (normed @ w[:, head] + b[head] for w, b in ((q, qb), (k, kb), (v, vb)))
        total += softmax(queries @ keys.T / np.sqrt(q.shape[2])) @ values @ o[head]
    tokens = tokens + total + ob
    hidden = block._feedforward_intermediate_dense(norm(tokens, block._feedforward_layer_norm)).numpy()
    return tokens + block._feedforward_output_dense(hidden).numpy()


@pytest.mark.parametrize("class_token", [False, True])
def test_output_is_the_formula(class_token):
    encoder = small(class_token=class_token)
    outputs = encoder(images()).numpy()
    patches = encoder.get_layer("patches")
    for image, output in zip(images(), outputs, strict=True):
        rows = [(2 * image[4 * r : 4 * r + 4, 4 * c : 4 * c + 4] - 1).reshape(-1) for r in range(2) for c in range(3)]
        tokens = np.stack(rows) @ patches.project.kernel.numpy() + patches.project.bias.numpy() + patches.place[0]
        if class_token:
            tokens = np.concatenate([encoder.get_layer("class_token").token.numpy()[0], tokens])
        for name in ("block1", "block2"):
            tokens = slow_block(tokens, encoder.get_layer(name))
        tokens = norm(tokens, encoder.get_layer("norm"))
        np.testing.assert_allclose(output, tokens[0] if class_token else tokens.mean(0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("class_token", [False, True])
def test_encoding_all_patches_in_any_order_gives_the_same_tokens(class_token):
    encoder = small(class_token=class_token)
    order = np.array([[3, 1, 0, 5, 4, 2]] * 3)
    first = int(class_token)
    whole = encoder.encode(images()).numpy()[:, first:]
    np.testing.assert_allclose(encoder.encode(images(), order)[:, first:], whole[:, order[0]], rtol=1e-4, atol=1e-5)


def test_patches_left_out_have_no_influence():
    encoder = small()
    keep = np.array([[0, 4], [1, 2], [5, 3]])
    tokens = encoder.encode(images(), keep)
    assert tokens.shape == (3, 2, 8)
    changed = images()
    changed[0, :4, 4:8] += 1  # patch 1, left out of the first image
    np.testing.assert_array_equal(encoder.encode(changed, keep), tokens)
    changed[0, :4, :4] += 1  # patch 0, kept
    assert np.abs(encoder.encode(changed, keep)[0] - tokens[0]).max() > 1e-3


def test_feature_map_is_the_patches_tokens_in_place():
    encoder = small(class_token=True)
    inner = feature_map(encoder)
    assert inner.output_shape == (None, 2, 3, 8)
    np.testing.assert_allclose(
        np.reshape(inner(images()), (3, 6, 8)), encoder.encode(images())[:, 1:], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("options", [{}, {"class_token": True, "positions": "learned", "dropout": 0.1}])
def test_saves_and_loads(options, tmp_path):
    encoder = small(**options)
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.saving.load_model(tmp_path / "encoder.keras")
    assert isinstance(loaded, ViT) and loaded.get_config() == encoder.get_config()
    np.testing.assert_array_equal(encoder(images()), loaded(images()))
    np.testing.assert_array_equal(encoder.encode(images()), loaded.encode(images()))


def test_precision_is_kept_by_a_saved_model(tmp_path):
    encoder = small(dtype="mixed_bfloat16")
    assert encoder(images()).dtype == "bfloat16"
    encoder.save(tmp_path / "encoder.keras")
    assert keras.saving.load_model(tmp_path / "encoder.keras")(images()).dtype == "bfloat16"


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match=r"patch_size=5, images of 8 x 12"):
        ViT((8, 12, 1), patch_size=5)
    with pytest.raises(ValueError, match="`size` must be one of tiny, small, base.*'huge'"):
        ViT((8, 12, 1), patch_size=4, size="huge")
    with pytest.raises(ValueError, match="width=8, heads=3"):
        ViT((8, 12, 1), patch_size=4, size=(8, 1, 3))
    with pytest.raises(ValueError, match="`positions` must be one of sincos, learned"):
        small(positions="rotary")
