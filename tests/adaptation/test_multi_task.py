import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data
from keras_transfer.adaptation import MultiTask
from tests.adaptation.test_pseudo_labels import probabilities
from tests.objectives.objective_case import ObjectiveCase

CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


class TestMultiTask(ObjectiveCase):
    learning_rate = 3e-2

    def make(self):
        heads = {"target": keras.layers.Dense(3), "far": keras.layers.Dense(2), "near": keras.layers.Dense(1)}
        losses = {"target": CROSS_ENTROPY, "far": "mean_absolute_error", "near": keras.losses.MeanSquaredError()}
        return MultiTask(self.encoder(), heads, losses, weights={"far": 0.3, "near": 2.0})

    def encoder(self):
        # No convolution: with several threads the last bits of its gradient differed between runs.
        images = keras.Input((5,))
        hidden = keras.layers.BatchNormalization(synchronized=True)(keras.layers.Dense(6, use_bias=False)(images))
        return keras.Model(images, keras.layers.ReLU()(hidden))

    def inputs(self, samples, seed=0):
        generator = np.random.default_rng(seed)
        labels = {
            "target": generator.integers(0, 3, samples),
            "far": generator.normal(size=(samples, 2)).astype("float32"),
            "near": generator.normal(size=samples).astype("float32"),
        }
        weights = {"target": np.arange(samples) % 4 < 3, "near": np.arange(samples) % 4 > 1}
        return (
            generator.normal(size=(samples, 5)).astype("float32"),
            labels,
            {name: own.astype("float32") for name, own in weights.items()},
        )

    @pytest.mark.parametrize("policy", ["mixed_float16"])
    def test_mixed_precision_stays_finite(self, policy):
        super().test_mixed_precision_stays_finite(policy)

    def test_unbuilt_encoder_is_named(self):
        with pytest.raises(ValueError, match="`encoder` must be built"):
            MultiTask(keras.Sequential([keras.layers.Dense(3)]), {"a": keras.layers.Dense(1)}, {"a": "mse"})

    def test_loss_is_the_weighted_sum_of_the_tasks_means(self):
        model = self.seeded()
        x, labels, _ = self.inputs(8)
        outputs = {name: value.numpy() for name, value in model(x).items()}
        said = probabilities(outputs["target"])
        target = [-np.log(said[i, labels["target"][i]]) for i in range(8) if i % 4 < 3]
        far = [np.abs(outputs["far"][i] - labels["far"][i]).mean() for i in range(8)]
        near = [(outputs["near"][i, 0] - labels["near"][i]) ** 2 for i in range(8) if i % 4 > 1]
        expected = np.mean(target) + 0.3 * np.mean(far) + 2 * np.mean(near)
        np.testing.assert_allclose(model.evaluate(self.dataset(8, 8), verbose=0), expected, rtol=1e-5)

    def test_a_task_without_samples_in_the_batch_adds_nothing(self):
        model = self.seeded()
        x, labels, weights = self.inputs(8)
        none = {**weights, "near": np.zeros(8, "float32"), "far": np.zeros(8, "float32")}
        found = model.evaluate(x, labels, sample_weight=none, batch_size=8, verbose=0)
        said = probabilities(model(x)["target"].numpy())
        target = [-np.log(said[i, labels["target"][i]]) for i in range(8) if i % 4 < 3]
        np.testing.assert_allclose(found, np.mean(target), rtol=1e-5)

    def test_metrics_leave_out_other_tasks_samples(self):
        model = self.seeded()
        model.compile("sgd", weighted_metrics={"target": ["accuracy"]})
        x, labels, weights = self.inputs(16)
        model.fit(self.dataset(16, 8), verbose=0)
        found = model.evaluate(self.dataset(16, 8), verbose=0, return_dict=True)
        right = model.task("target").predict(x, verbose=0).argmax(1) == labels["target"]
        np.testing.assert_allclose(found["target_accuracy"], right[weights["target"] > 0].mean(), atol=1e-6)

    def test_a_task_by_itself(self, tmp_path):
        model = self.seeded()
        alone = model.task("near")
        alone.save(tmp_path / "near.keras")
        x, _, _ = self.inputs(4)
        np.testing.assert_allclose(keras.saving.load_model(tmp_path / "near.keras")(x), model(x)["near"], atol=1e-6)
        with pytest.raises(ValueError, match="name='other'; there are"):
            model.task("other")

    def test_another_task_helps_the_target(self):
        """Eight labels for the target, many for a task with the same hidden cause."""
        generator = np.random.default_rng(0)
        mixing = generator.normal(size=20)
        x = generator.normal(size=(400, 20)).astype("float32")
        cause = x @ mixing
        few, y = slice(0, 8), (cause > 0).astype("int32")
        accuracies = []
        for weight in (0.0, 1.0):
            keras.utils.set_random_seed(0)
            inputs = keras.Input((20,))
            encoder = keras.Model(inputs, keras.layers.Dense(2)(inputs))
            heads = {"target": keras.layers.Dense(2), "source": keras.layers.Dense(1)}
            losses = {"target": CROSS_ENTROPY, "source": "mean_squared_error"}
            model = MultiTask(encoder, heads, losses, weights={"source": weight})
            model.compile(keras.optimizers.Adam(0.03))
            tasks = {"target": (x[few], y[few]), "source": (x[:300], cause[:300].astype("float32"))}
            model.fit(data.task_batches(tasks, 32, temperature=3, steps=150), verbose=0)
            accuracies.append(np.mean(model.task("target").predict(x, verbose=0, batch_size=400).argmax(1) == y))
        assert accuracies[1] > accuracies[0] + 0.1

    def test_bad_arguments_are_named(self):
        encoder, heads = self.encoder(), {"a": keras.layers.Dense(1)}
        for options, message in (
            ({"heads": {}, "losses": {}}, "`heads` must name one task"),
            ({"losses": {"b": "mse"}}, r"heads of \['a'\], losses of \['b'\]"),
            ({"weights": {"c": 1}}, r"weights of \['c'\]"),
            ({"weights": {"a": -1}}, r"Received: weights\['a'\]=-1"),
        ):
            with pytest.raises(ValueError, match=message):
                MultiTask(encoder, **{"heads": heads, "losses": {"a": "mse"}, **options})

    def test_labels_that_are_no_dict_are_named(self):
        model = self.seeded()
        with pytest.raises(ValueError, match="Labels must be a dict by task"):
            model.compute_loss(tf.zeros((2, 5)), tf.zeros(2), {})
