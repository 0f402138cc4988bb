import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import vocabulary_cross_entropy


def problem(tokens=7, vocabulary=11, width=5, seed=0):
    generator = np.random.default_rng(seed)
    hidden, embeddings = generator.normal(size=(tokens, width)), generator.normal(size=(vocabulary, width))
    bias, targets = generator.normal(size=vocabulary), generator.integers(0, vocabulary, tokens)
    targets[2] = -1
    return hidden.astype(np.float32), embeddings.astype(np.float32), bias.astype(np.float32), targets


def slow(hidden, embeddings, bias, targets, smoothing=0.0, z_loss=0.0):
    """The docstring's formula from the whole matrix of logits, token by token."""
    losses = np.zeros(len(hidden))
    for token, target in enumerate(targets):
        if target < 0:
            continue
        logits = np.array([hidden[token] @ row + b for row, b in zip(embeddings, bias, strict=True)], np.float64)
        log_normaliser = np.log(np.exp(logits).sum())
        wanted = np.full(len(logits), smoothing / len(logits))
        wanted[target] += 1 - smoothing
        losses[token] = sum(-share * (logit - log_normaliser) for share, logit in zip(wanted, logits, strict=True))
        losses[token] += z_loss * log_normaliser**2
    return losses


def plain(hidden, embeddings, bias, targets, weights):
    """TensorFlow's own, from the whole matrix."""
    logits = tf.matmul(hidden, embeddings, transpose_b=True) + bias
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(targets, 0), logits)
    return tf.reduce_sum(tf.where(targets >= 0, losses, 0.0) * weights)


class TestVocabularyCrossEntropy:
    @pytest.mark.parametrize("tile", [None, 1, 3, 7])
    @pytest.mark.parametrize(("smoothing", "z_loss"), [(0.0, 0.0), (0.1, 0.0), (0.0, 1e-2), (0.3, 1e-3)])
    def test_is_the_formula(self, tile, smoothing, z_loss):
        hidden, embeddings, bias, targets = problem()
        losses, likelihoods = vocabulary_cross_entropy(hidden, embeddings, targets, bias, smoothing, z_loss, tile)
        np.testing.assert_allclose(losses, slow(hidden, embeddings, bias, targets, smoothing, z_loss), rtol=1e-5)
        np.testing.assert_allclose(likelihoods, slow(hidden, embeddings, bias, targets), rtol=1e-5)

    @pytest.mark.parametrize("tile", [None, 16])
    def test_value_and_gradient_of_the_plain_form(self, tile):
        *parts, targets = problem(tokens=50, vocabulary=300, width=24)
        parts = [tf.Variable(part * 0.3) for part in parts]
        targets = tf.constant(targets)
        weights = tf.random.stateless_uniform([50], [1, 2])

        @tf.function
        def tiled():
            return tf.reduce_sum(vocabulary_cross_entropy(*parts[:2], targets, parts[2], tile=tile)[0] * weights)

        results = []
        for function in (tiled, lambda: plain(*parts, targets, weights)):
            with tf.GradientTape() as tape:
                value = function()
            results.append((value, *(tf.convert_to_tensor(g) for g in tape.gradient(value, parts))))
        for ours, theirs in zip(*results, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)

    def test_tied_embeddings_get_both_gradients(self):
        _, embeddings, bias, targets = problem(vocabulary=11)
        ids = tf.constant([1, 2, 3, 4, 5, 6, 7])
        gradients = []
        for loss in (lambda h, e: vocabulary_cross_entropy(h, e, targets, bias, tile=2)[0], None):
            table = tf.Variable(embeddings)
            with tf.GradientTape() as tape:
                hidden = tf.gather(table, ids)
                value = tf.reduce_sum(loss(hidden, table)) if loss else plain(hidden, table, bias, targets, tf.ones(7))
            gradients.append(tf.convert_to_tensor(tape.gradient(value, table)))
        np.testing.assert_allclose(*gradients, atol=1e-5)

    def test_left_out_tokens_have_no_gradient(self):
        hidden, embeddings, bias, targets = problem()
        hidden = tf.Variable(hidden)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(vocabulary_cross_entropy(hidden, embeddings, targets, bias, 0.1, 0.1, tile=2)[0])
        gradient = tape.gradient(loss, hidden).numpy()
        assert not gradient[2].any()
        assert gradient[[0, 1, 3, 4, 5, 6]].any(axis=1).all()

    def test_half_precision_counts_in_float32(self):
        hidden, embeddings, bias, targets = problem()
        # 500 is beyond what float16 can take the exponential of.
        losses, _ = vocabulary_cross_entropy(
            tf.cast(hidden * 100, tf.float16), tf.cast(embeddings, tf.float16), targets, bias
        )
        assert losses.dtype == tf.float32
        assert np.isfinite(losses).all()

    def test_target_beyond_the_vocabulary_is_named(self):
        hidden, embeddings, bias, targets = problem()
        targets[0] = 11
        with pytest.raises(tf.errors.InvalidArgumentError, match="beyond the vocabulary"):
            vocabulary_cross_entropy(hidden, embeddings, targets, bias)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"hidden": np.zeros((2, 7, 5), np.float32)}, r"hidden \(2, 7, 5\)"),
            ({"targets": np.zeros(6, int)}, r"targets \(6,\)"),
            ({"embeddings": np.zeros((11, 4), np.float32)}, r"embeddings \(11, 4\)"),
            ({"label_smoothing": 1.5}, "label_smoothing=1.5"),
            ({"z_loss": -1}, "z_loss=-1"),
        ],
    )
    def test_what_does_not_fit_is_named(self, change, message):
        hidden, embeddings, _, targets = problem()
        with pytest.raises(ValueError, match=message):
            vocabulary_cross_entropy(**{"hidden": hidden, "embeddings": embeddings, "targets": targets, **change})
