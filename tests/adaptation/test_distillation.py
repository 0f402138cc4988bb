import keras
import numpy as np
import pytest

from keras_transfer.adaptation import Distillation
from tests.adaptation.adaptation_case import AdaptationCase, StripesCase, stripes
from tests.adaptation.test_pseudo_labels import probabilities


class TestDistillation(AdaptationCase):
    def make_from(self, classifier):
        return Distillation(classifier, self.teacher(), temperature=3.0, alpha=0.3)

    def teacher(self):
        keras.utils.set_random_seed(9)
        return self.classifier(width=12)

    def inputs(self, samples, seed=0):
        (x, _), y = super().inputs(samples, seed)
        return x, y

    # What the inherited tests have no place for: it trains on plain batches, and its argument is `student`.
    def test_unbuilt_encoder_is_named(self):
        with pytest.raises(ValueError, match="`student` must be built"):
            self.make_from(keras.Sequential([keras.layers.Dense(3)], name="late"))

    def test_labelled_samples_alone_are_no_training_data(self):
        x, y = self.inputs(8)
        assert np.isfinite(self.seeded().fit(x, y, verbose=0).history["loss"]).all()

    def test_is_the_classifier_for_samples_alone(self):
        model = self.seeded()
        model.compile("sgd", metrics=["accuracy"])
        x, y = self.inputs(8)
        accuracy = np.mean(model.student.predict(x, verbose=0).argmax(1) == y)
        np.testing.assert_allclose(model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"], accuracy, atol=1e-6)

    def test_loss_is_that_of_the_paper(self):
        model = self.seeded()
        x, y = self.inputs(8)
        said, taught = model.student(x).numpy(), model.teacher(x).numpy()
        soft, soft_taught = probabilities(said / 3), probabilities(taught / 3)
        hard, apart = 0.0, 0.0
        for i in range(8):
            hard -= np.log(probabilities(said)[i, y[i]]) / 8
            apart += 9 * sum(soft_taught[i, k] * np.log(soft_taught[i, k] / soft[i, k]) for k in range(3)) / 8
        np.testing.assert_allclose(model.evaluate(x, y, verbose=0), 0.3 * hard + 0.7 * apart, rtol=1e-5)
        np.testing.assert_allclose(model.evaluate(x, verbose=0), apart, rtol=1e-5)

    def test_teacher_is_copied_frozen_and_at_rest(self):
        teacher = self.teacher()
        model = Distillation(self.classifier(), teacher)
        before = teacher.get_weights()
        model.compile("sgd")
        model.fit(*self.inputs(16), verbose=0)
        for ours, theirs in zip(model.teacher.get_weights(), before, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert teacher.trainable and teacher.trainable_weights
        assert len(model.trainable_weights) == len(model.student.trainable_weights)

    def test_bad_arguments_are_named(self):
        student = self.classifier()
        other = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
        with pytest.raises(ValueError, match="same classes"):
            Distillation(student, other)
        ended = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
        with pytest.raises(ValueError, match="`teacher` must give logits"):
            Distillation(student, ended)
        for options in ({"temperature": 0}, {"alpha": 1.5}):
            (name,) = options
            with pytest.raises(ValueError, match=f"Received: {name}="):
                Distillation(student, student, **options)


class TestOnStripes(StripesCase):
    def test_learns_from_unlabelled_samples_what_the_teacher_knows(self):
        x, y = stripes()
        teacher = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        teacher.set_weights([np.array([[-9.0, 9.0], [0.0, 0.0]]), np.zeros(2)])
        model = Distillation(self.network(), teacher)
        model.compile(keras.optimizers.Adam(0.05))
        model.fit(x, batch_size=40, epochs=5, verbose=0)
        assert np.mean(model.predict(x, verbose=0, batch_size=400).argmax(1) == y) > 0.95
