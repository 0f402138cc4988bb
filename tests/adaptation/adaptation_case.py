"""The contract that models which learn from labelled and unlabelled samples keep, as tests to inherit."""

import functools

import keras
import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.adaptation import CORAL, PseudoLabels
from tests.objectives.objective_case import ObjectiveCase


class AdaptationCase(ObjectiveCase):
    """As `ObjectiveCase`, for models around a classifier; `make_from(classifier)` is what to define."""

    classes, learning_rate = 3, 3e-2

    def make_from(self, classifier):
        """A small model, fresh, around this one."""
        raise NotImplementedError

    def make(self):
        return self.make_from(self.classifier())

    def classifier(self, inputs=5, width=6):
        """Synchronised batch norm in it, so that replicas are tested with it."""
        samples = keras.Input((inputs,))
        hidden = keras.layers.Dense(width, use_bias=False, name="hidden")(samples)
        hidden = keras.layers.ReLU()(keras.layers.BatchNormalization(synchronized=True, momentum=0.9)(hidden))
        return keras.Model(samples, keras.layers.Dense(self.classes, dtype="float32", name="head")(hidden), name="tiny")

    def inputs(self, samples, seed=0):
        generator = np.random.default_rng(seed)
        x, others = (generator.normal(size=(samples, 5)).astype("float32") for _ in range(2))
        return (x, self.unlabelled(others + 0.5)), generator.integers(0, self.classes, samples)

    def unlabelled(self, samples):
        """Unlabelled samples as the model takes them."""
        return samples

    # Each is a training of its own, which costs seconds: two replicas and one precision for all, more where it matters.
    @pytest.mark.parametrize("policy", ["mixed_float16"])
    def test_mixed_precision_stays_finite(self, policy):
        super().test_mixed_precision_stays_finite(policy)

    @pytest.mark.parametrize("replicas", [2])
    def test_replicas_give_the_gradient_of_one_device(self, replicas):
        super().test_replicas_give_the_gradient_of_one_device(replicas)

    def test_unbuilt_encoder_is_named(self):
        with pytest.raises(ValueError, match="`classifier` must be built"):
            self.make_from(keras.Sequential([keras.layers.Dense(3)], name="late"))

    def test_is_the_classifier_for_samples_alone(self):
        model = self.seeded()
        model.compile(keras.optimizers.SGD(0.05), metrics=["accuracy"])
        pairs = self.dataset(16, 8)
        model.fit(pairs, verbose=0, validation_data=pairs)
        ((x, _), y) = self.inputs(16)
        self.check_predictions(model, x)
        results = model.evaluate(x, y, verbose=0, return_dict=True)
        accuracy = np.mean(model.predict(x, verbose=0).argmax(1) == y)
        np.testing.assert_allclose(results["accuracy"], accuracy, atol=1e-6)

    def check_predictions(self, model, x):
        np.testing.assert_allclose(model.predict(x, verbose=0), model.classifier.predict(x, verbose=0), atol=1e-6)

    def test_labelled_samples_alone_are_no_training_data(self):
        (x, _), y = self.inputs(8)
        with pytest.raises(ValueError, match="labelled samples alone"):
            self.seeded().fit(x, y, verbose=0)


class StatelessCase(AdaptationCase):
    """For models whose only state is that of `AssistedClassifier`, whose resuming and saying no `TestDANN` tests for all."""

    test_resumes_exactly = test_loss_of_its_own_is_said = test_unbuilt_encoder_is_named = None
    test_labelled_samples_alone_are_no_training_data = None


def shifted_domains(samples=400, seed=0):
    """Two classes along one axis; what is next to nothing along the others in the source is loud in the target."""
    generator = np.random.default_rng(seed)

    def draw(loudness):
        y = generator.integers(0, 2, samples)
        x = generator.normal(0, loudness, (samples, 6))
        x[:, 0] = 2.0 * y - 1.0 + generator.normal(0, 0.4, samples)
        return x.astype("float32"), y

    return *draw(0.2), *draw(2.0)


def accuracy_on_target(make, domains=shifted_domains, steps=120, width=16):
    """Accuracy on the shifted target of what `make(classifier, steps)` builds, trained on source and target."""
    x, y, target, target_y = domains()
    keras.utils.set_random_seed(0)
    inputs = keras.Input(x.shape[1:])
    hidden = keras.layers.Dense(width, activation="relu")(inputs)
    hidden = keras.layers.Dense(width, activation="relu")(hidden)
    classifier = keras.Model(inputs, keras.layers.Dense(2)(hidden))
    model = make(classifier, steps)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(data.paired_batches((x, y), target, 50, steps=steps), verbose=0)
    return np.mean(classifier.predict(target, verbose=0, batch_size=400).argmax(1) == target_y)


@functools.cache
def accuracy_without_help():
    """Accuracy on the shifted target of the same training on the source alone."""
    return accuracy_on_target(lambda classifier, steps: CORAL(classifier, strength=0.0))


STEPS = 250


class StripesCase:
    """Two long stripes with two labels each, at opposite ends: alone, those teach a boundary across both stripes.

    The stripes are at `-away` and `away` along the first axis.
    """

    away = 0.9

    def gain(self, model, **options):
        """How much more accurate the model gets than the same network on the labels alone."""
        return _accuracy_on_stripes(model, self.away, **options) - _accuracy_on_labels(self.away)

    @staticmethod
    def network():
        keras.utils.set_random_seed(0)
        inputs = keras.Input((2,))
        return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Dense(16, activation="tanh")(inputs)))


def stripes(away=0.9, samples=400):
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, samples)
    x = [away * (2 * y - 1) + generator.normal(0, 0.12, samples), generator.uniform(-1.5, 1.5, samples)]
    return np.stack(x, 1).astype("float32"), y


@functools.cache
def _accuracy_on_labels(away):
    return _accuracy_on_stripes(PseudoLabels(StripesCase.network(), strength=0.0), away)


def _accuracy_on_stripes(model, away, **options):
    x, y = stripes(away)
    labelled = np.array([[-away, -1.4], [-away, -1.2], [away, 1.2], [away, 1.4]], "float32"), np.array([0, 0, 1, 1])
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(data.paired_batches(labelled, x, 4, ratio=20, steps=STEPS, **options), verbose=0)
    return np.mean(model.predict(x, verbose=0, batch_size=400).argmax(1) == y)
