import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import sinkhorn
from tests.replicas import mirrored


def slow(scores, epsilon, iterations):
    """Algorithm 1 of the paper's appendix, prototypes in rows, plain exponentials in float64."""
    q = np.exp(np.asarray(scores, np.float64) / epsilon).T
    q /= q.sum()
    prototypes, samples = q.shape
    for _ in range(iterations):
        for k in range(prototypes):
            q[k] /= q[k].sum() * prototypes
        for b in range(samples):
            q[:, b] /= q[:, b].sum() * samples
    return (q * samples).T


def cosines(samples=10, prototypes=6, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (samples, prototypes)).astype(np.float32)


class TestSinkhorn:
    @pytest.mark.parametrize(("epsilon", "iterations"), [(0.05, 3), (0.5, 1), (0.05, 20)])
    def test_is_the_papers(self, epsilon, iterations):
        np.testing.assert_allclose(
            sinkhorn(cosines(), epsilon, iterations), slow(cosines(), epsilon, iterations), atol=1e-5
        )

    def test_prototypes_get_equal_shares(self):
        codes = sinkhorn(cosines(12, 4), 0.2, 100).numpy()
        np.testing.assert_allclose(codes.sum(1), 1, atol=1e-5)
        np.testing.assert_allclose(codes.sum(0), 12 / 4, atol=1e-3)

    def test_others_are_assigned_along_and_left_out(self):
        batch, queue = cosines(5), cosines(9, seed=1)
        together = slow(np.concatenate([queue, batch]), 0.05, 3)[-5:]
        np.testing.assert_allclose(sinkhorn(batch, also=queue), together, atol=1e-5)
        assert np.abs(sinkhorn(batch) - together).max() > 0.01
        np.testing.assert_array_equal(sinkhorn(batch, also=queue[:0]), sinkhorn(batch))

    @pytest.mark.parametrize("epsilon", [1e-4, 1e-6])
    def test_finite_where_exponentials_are_not(self, epsilon):
        with np.errstate(all="ignore"):
            assert not np.isfinite(slow(cosines(), epsilon, 3)).all()
        codes = sinkhorn(cosines(), epsilon).numpy()
        np.testing.assert_allclose(codes.sum(1), 1, atol=1e-5)
        np.testing.assert_allclose(sinkhorn(np.ones((4, 6), np.float16), epsilon), 1 / 6, atol=1e-6)

    def test_permuting_samples_or_prototypes_permutes_codes(self):
        scores, generator = cosines(), np.random.default_rng(3)
        rows, columns = generator.permutation(10), generator.permutation(6)
        permuted = sinkhorn(scores[rows][:, columns])
        np.testing.assert_allclose(permuted, sinkhorn(scores).numpy()[rows][:, columns], atol=1e-6)

    def test_no_gradient(self):
        scores = tf.constant(cosines())
        with tf.GradientTape() as tape:
            tape.watch(scores)
            total = tf.reduce_sum(sinkhorn(scores)[:, 0])
        assert tape.gradient(total, scores) is None

    @pytest.mark.parametrize("replicas", [2, 4])
    def test_replicas_share_one_assignment(self, replicas):
        scores, queue = cosines(8), cosines(5, seed=2)
        strategy = mirrored(replicas)
        rows = 8 // replicas
        parts = strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(scores[rows * context.replica_id_in_sync_group :][:rows])
        )
        codes = strategy.run(tf.function(lambda part: sinkhorn(part, also=queue)), args=(parts,))
        codes = np.concatenate(strategy.experimental_local_results(codes))
        np.testing.assert_allclose(codes, sinkhorn(scores, also=queue), atol=1e-6)

    @pytest.mark.parametrize("arguments", [{"epsilon": 0.0}, {"iterations": 0}])
    def test_numbers_out_of_range_are_named(self, arguments):
        (name,) = arguments
        with pytest.raises(ValueError, match=f"`{name}` must be.*Received: {name}=0"):
            sinkhorn(cosines(), **arguments)
