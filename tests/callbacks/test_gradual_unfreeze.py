import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.callbacks import GradualUnfreeze
from keras_transfer.encoders import small_cnn
from keras_transfer.optimizers import Grouped
from keras_transfer.transfer import classifier, layer_groups
from tests.callbacks.unfreeze_case import GROUPS, Watch, fit, make_data, make_model, moved, snapshot, unfreeze
from tests.replicas import mirrored


class Values(keras.callbacks.Callback):
    """Puts made-up values of a metric into the logs."""

    def __init__(self, values, name="val_loss"):
        super().__init__()
        self.values, self.name = values, name

    def on_epoch_end(self, epoch, logs=None):
        if self.values[epoch] is not None:
            logs[self.name] = self.values[epoch]


class TestWhatTrainsWhen:
    def test_by_epoch(self):
        watch = Watch()
        history = fit(make_model(), unfreeze(), watch, epochs=4).history
        body = ["stage1_dense", "stage2_dense"]
        assert watch.epochs == [["head"], ["head", body[1]], ["head", *body], ["head", *body]]
        assert history["unfreeze/phase"] == [0, 1, 2, 2]
        head, dense = 5 * 2 + 2, [6 * 5 + 5, 5 * 5 + 5]
        assert history["unfreeze/trainable_parameters"] == [head, head + dense[1], head + sum(dense), head + sum(dense)]

    def test_batch_norm_thaws_with_its_group_if_asked(self):
        watch = Watch()
        fit(make_model(), unfreeze(freeze_batch_norm=False), watch)
        assert watch.epochs[1] == ["head", "stage2_dense", "stage2_norm"]
        assert watch.epochs[2] == ["head", "stage1_dense", "stage1_norm", "stage2_dense", "stage2_norm"]

    def test_batch_norm_of_the_head_trains(self):
        inputs = keras.Input((6,))
        body = keras.layers.BatchNormalization(name="body_norm")(keras.layers.Dense(4, name="body")(inputs))
        outputs = keras.layers.Dense(2, name="head")(keras.layers.BatchNormalization(name="head_norm")(body))
        model = keras.Model(inputs, outputs)
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        watch = Watch()
        fit(model, GradualUnfreeze([["head*"], "body*"], at=[1]), watch, epochs=2)
        assert watch.epochs == [["head", "head_norm"], ["body", "head", "head_norm"]]

    def test_by_step_within_an_epoch(self):
        model = make_model()
        steps = []

        class Steps(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                self.before = snapshot(model)

            def on_train_batch_end(self, batch, logs=None):
                steps.append(len(moved(model, self.before)))

        callback = GradualUnfreeze(GROUPS, at_steps=[3, 6])
        fit(model, callback, Steps(), epochs=2)
        assert steps == [1, 1, 1, 2, 2, 2, 3, 3]
        assert callback._optimizer.clocks == [8, 5, 2]

    def test_steps_per_execution_never_make_it_late(self):
        model = make_model(steps_per_execution=3)
        callback = GradualUnfreeze(GROUPS, at_steps=[3, 5])
        fit(model, callback, epochs=2, rows=40)  # executions of 3 and 2 steps in each epoch
        assert callback._optimizer.clocks == [10, 7, 7]
        assert callback._step == 10

    def test_two_groups_at_once_and_all_from_the_start(self):
        watch = Watch()
        fit(make_model(), unfreeze(at=[0, 1]), watch, epochs=2)
        assert [len(epoch) for epoch in watch.epochs] == [2, 3]
        fit(make_model(), unfreeze(at=[1, 1]), watch, epochs=2)
        assert [len(epoch) for epoch in watch.epochs] == [1, 3]

    def test_groups_without_a_start_stay_frozen(self):
        watch = Watch()
        model = make_model()
        callback = unfreeze(at=[1])
        fit(model, callback, watch)
        assert watch.epochs[-1] == ["head", "stage2_dense"]
        assert len(callback._optimizer.groups) == 2

    def test_on_a_plateau(self):
        callback = GradualUnfreeze(GROUPS, monitor="val_loss", patience=2, min_delta=0.01)
        values = Values([1.0, 0.9, 0.895, 0.899, 5.0, 4.0, 3.995, float("nan"), 1.0])
        history = fit(make_model(), values, callback, epochs=9).history
        assert history["unfreeze/phase"] == [0, 0, 0, 0, 1, 1, 1, 1, 2]

    def test_accuracy_is_to_rise(self):
        callback = GradualUnfreeze(GROUPS, monitor="val_accuracy", patience=1)
        history = fit(make_model(), Values([0.1, 0.2, 0.2, 0.3], "val_accuracy"), callback, epochs=4).history
        assert history["unfreeze/phase"] == [0, 0, 0, 1]

    def test_monitor_that_is_not_there(self):
        with pytest.raises(ValueError, match=r"waits for `los`, which is not in the logs. There are: \['loss'\]"):
            fit(make_model(), GradualUnfreeze(GROUPS, monitor="los"))
        with pytest.warns(UserWarning, match="`val_loss`, which is not in the logs"):
            fit(make_model(), GradualUnfreeze(GROUPS, monitor="val_loss"), epochs=1)

    def test_default_groups_follow_the_schedule(self):
        model = classifier(small_cnn((16, 16, 1), width=2), 3)
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        callback = GradualUnfreeze(at=[1])
        x = np.random.default_rng(0).random((8, 16, 16, 1))
        model.fit(x, np.arange(8) % 3, verbose=0, callbacks=[callback])
        assert [len(group) for group in callback._layers] == [1, len(layer_groups(model)[1]) * 3]

    def test_lines_at_each_start(self, capsys):
        fit(make_model(), unfreeze(verbose=1))
        assert capsys.readouterr().out == (
            "Epoch 2: group 1 trains from now on (encoder/stage2_dense, encoder/stage2_norm)\n"
            "Epoch 3: group 2 trains from now on (encoder/stage1_dense, encoder/stage1_norm)\n"
        )


class TestRates:
    def test_each_group_below_is_slower(self):
        history = fit(make_model(keras.optimizers.SGD(0.1)), unfreeze(), epochs=3).history
        assert history["unfreeze/rate_0"] == pytest.approx([0.1] * 3)
        assert history["unfreeze/rate_1"] == pytest.approx([0, 0.1 / 2.6, 0.1 / 2.6])
        assert history["unfreeze/rate_2"] == pytest.approx([0, 0, 0.1 / 2.6**2])

    def test_given(self):
        history = fit(make_model(), unfreeze(rates=[1, 0.5, 0.1]), epochs=3).history
        assert history["unfreeze/rate_2"] == pytest.approx([0, 0, 1e-3])

    def test_of_a_grouped_optimizer_are_left_alone(self):
        model = make_model()
        groups = layer_groups(model, GROUPS)
        model.compile(Grouped("adam", groups, [1.0, 0.7, 0.3]), "sparse_categorical_crossentropy")
        fit(model, unfreeze(rate_decay=None, freeze_batch_norm=False), epochs=1)
        assert model.optimizer.multipliers == pytest.approx([1.0, 0.7, 0.3])

    def test_schedule_is_evaluated_on_all_steps(self):
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([7], [0.1, 0.01])
        history = fit(make_model(keras.optimizers.Adam(schedule)), unfreeze(rate_decay=1.0), epochs=3).history
        assert history["unfreeze/rate_1"] == pytest.approx([0, 0.01, 0.01])

    def test_plateau_of_the_rate_works_on_it(self):
        reduce = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=1e9)
        history = fit(make_model(), unfreeze(), reduce, epochs=3).history
        assert history["learning_rate"] == pytest.approx([0.01, 0.01, 0.005])


class TestExactness:
    def test_late_group_steps_as_under_a_fresh_optimizer(self):
        """The state after the switch equals that of a fresh Adam on the group, run on the same gradients."""
        model = make_model(keras.optimizers.Nadam(1e-2), run_eagerly=True)
        seen = []
        callback = unfreeze(rate_decay=1.0)
        apply = keras.optimizers.Optimizer.apply

        def record(self, gradients, variables=None):
            if isinstance(self, Grouped):
                seen.append({v.path: tf.identity(g) for g, v in zip(gradients, variables, strict=True)})
            return apply(self, gradients, variables)

        Grouped.apply = record
        try:
            start = snapshot(model)
            fit(model, callback, epochs=3)
        finally:
            del Grouped.apply
        for group in callback._optimizer.groups:
            replay = [keras.Variable(start[v.path]) for v in group]
            fresh = keras.optimizers.Nadam(1e-2)
            for gradients in seen:
                if group[0].path in gradients:
                    fresh.apply([gradients[v.path] for v in group], replay)
            for mine, other in zip(group, replay, strict=True):
                np.testing.assert_allclose(mine.numpy(), other.numpy(), atol=1e-6)

    @pytest.mark.parametrize(
        "options",
        [
            {},
            pytest.param({"use_ema": True, "ema_momentum": 0.9}, marks=pytest.mark.slow),
            pytest.param({"gradient_accumulation_steps": 2}, marks=pytest.mark.slow),
        ],
        ids=str,
    )
    def test_replicas_equal_one_device(self, options):
        weights = []
        for strategy in (None, mirrored(2)):
            model = make_model(lambda: keras.optimizers.AdamW(1e-2, clipnorm=1.0, **options), strategy)
            model.layers[-2].rate = 0.0  # dropout, which each replica draws for itself
            callback = unfreeze()
            fit(model, callback)
            weights.append(model.get_weights())
            assert callback.phase == 2
        for one, other in zip(*weights, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    def test_under_mixed_float16(self):
        before = keras.mixed_precision.dtype_policy()
        keras.mixed_precision.set_dtype_policy("mixed_float16")
        try:
            model, watch = make_model(), Watch()
            fit(model, unfreeze(), watch, epochs=4)
        finally:
            keras.mixed_precision.set_dtype_policy(before)
        assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
        assert watch.epochs[-1] == ["head", "stage1_dense", "stage2_dense"] and watch.epochs[0] == ["head"]

    def test_one_trace_for_each_set(self):
        model, traces = make_model(), []
        step = model.train_step

        def counted(data):
            traces.append(len(model.trainable_variables))
            return step(data)

        model.train_step = counted
        callback = unfreeze()
        fit(model, callback, epochs=5)
        fit(model, callback, epochs=6, first=5)
        assert traces == [2, 4, 6]

    def test_compiling_again_starts_over(self):
        model, watch, callback = make_model(), Watch(), unfreeze()
        fit(model, callback)
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        fit(model, callback, watch, epochs=2)
        assert watch.epochs == [["head"], ["head", "stage2_dense"]]
        assert callback._optimizer.clocks == [8, 4, 0]

    def test_for_one_model_after_another(self):
        callback = unfreeze()
        for _ in range(2):
            model, watch = make_model(), Watch()
            fit(model, callback, watch, epochs=2)
            assert watch.epochs == [["head"], ["head", "stage2_dense"]]

    def test_fit_in_pieces_is_the_same(self):
        whole, pieces = make_model(), make_model()
        fit(whole, unfreeze(), epochs=4)
        callback = unfreeze()
        for epoch in range(4):
            fit(pieces, callback, epochs=epoch + 1, first=epoch)
        for one, other in zip(whole.get_weights(), pieces.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_earlier_epochs_do_not_freeze_again(self):
        model, callback, watch = make_model(), unfreeze(), Watch()
        fit(model, callback, epochs=3)
        fit(model, callback, watch, epochs=1)
        assert watch.epochs == [["head", "stage1_dense", "stage2_dense"]]


def resumed(epochs_before, epochs, restore_first):
    """Train, save variables and state as `Resume` does, build everything anew, restore, and train on."""
    model, first = make_model(), unfreeze()
    fit(model, first, epochs=epochs_before)
    values, state = [v.numpy() for v in (*model.variables, *model.optimizer.variables)], first.get_state()

    class Restore(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for variable, value in zip((*self.model.variables, *self.model.optimizer.variables), values, strict=True):
                variable.assign(value)
            second.set_state(state)

    again, second = make_model(), unfreeze()
    fit(again, *([Restore(), second] if restore_first else [second, Restore()]), epochs=epochs, first=epochs_before)
    return again


class TestResume:
    @pytest.mark.parametrize("epochs_before", [1, 2, 3])
    @pytest.mark.parametrize("restore_first", [True, False])
    def test_bit_for_bit_in_any_phase(self, epochs_before, restore_first):
        whole = make_model()
        fit(whole, unfreeze(), epochs=4)
        again = resumed(epochs_before, 4, restore_first)
        for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_state_of_the_plateau(self):
        values = [1.0, 1.1, 1.0, 1.2, 1.3, 1.4, 1.5]
        state = None
        for stop in range(1, 7):
            callback = GradualUnfreeze(GROUPS, monitor="val_loss", patience=3)
            if state is not None:
                callback.set_state(state)
            history = fit(make_model(), Values(values), callback, epochs=stop, first=stop - 1).history
            state = callback.get_state()
        assert history["unfreeze/phase"] == [1]
        assert state == {"phase": 1, "step": 24, "best": 1.3, "wait": 1}

    def test_within_an_epoch(self):
        callback = GradualUnfreeze(GROUPS, at_steps=[2, 5])
        callback.set_state({"phase": 1, "step": 3})
        watch = Watch()
        fit(make_model(), callback, watch, epochs=1)
        assert callback.phase == 2 and callback.get_state() == {"phase": 2, "step": 7}

    def test_reloaded_model_goes_on(self, tmp_path):
        model = make_model()
        model.layers[-2].rate = 0.0  # a `.keras` file holds no state of dropout's generator
        fit(model, unfreeze(), epochs=2)
        model.save(tmp_path / "model.keras")
        fit(model, unfreeze(), epochs=4, first=2)
        again, watch = keras.models.load_model(tmp_path / "model.keras"), Watch()
        fit(again, unfreeze(), watch, epochs=4, first=2)
        for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert watch.epochs == [["head", "stage1_dense", "stage2_dense"]] * 2

    def test_reloaded_model_on_a_plateau_keeps_its_phase(self, tmp_path):
        model = make_model()
        fit(model, Values([1.0, 1.0, 1.0]), GradualUnfreeze(GROUPS, monitor="val_loss", patience=1), epochs=3)
        model.save(tmp_path / "model.keras")
        again, watch = keras.models.load_model(tmp_path / "model.keras"), Watch()
        callback = GradualUnfreeze(GROUPS, monitor="val_loss", patience=5)
        fit(again, Values([1.0] * 4), callback, watch, epochs=4, first=3)
        assert watch.epochs == [["head", "stage2_dense"]]


class TestErrors:
    @pytest.mark.parametrize("options", [{}, {"at": [1], "monitor": "loss"}, {"at": [1], "at_steps": [1]}])
    def test_one_schedule(self, options):
        with pytest.raises(ValueError, match="exactly one of"):
            GradualUnfreeze(GROUPS, **options)

    @pytest.mark.parametrize("at", [[-1], [2, 1], [1.5]])
    def test_times(self, at):
        with pytest.raises(ValueError, match="whole numbers >= 0 that do not decrease"):
            GradualUnfreeze(GROUPS, at=at)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"at": [1], "rate_decay": 0}, "`rate_decay` must be > 0"),
            ({"monitor": "loss", "patience": 0}, "`patience` must be >= 1"),
            ({"monitor": "loss", "mode": "up"}, "`mode` must be"),
        ],
    )
    def test_values(self, options, message):
        with pytest.raises(ValueError, match=message):
            GradualUnfreeze(GROUPS, **options)

    def test_more_starts_than_groups(self):
        with pytest.raises(ValueError, match="`at` has 3 starts, and of the 3 groups"):
            fit(make_model(), unfreeze(at=[1, 2, 3]))

    def test_fewer_rates_than_groups(self):
        with pytest.raises(ValueError, match="`rates` must have one number for each of 3 groups"):
            fit(make_model(), unfreeze(rates=[1, 2]))

    def test_group_of_batch_norms(self):
        callback = GradualUnfreeze(["head", "*_norm", "*"], at=[1, 2])
        with pytest.raises(ValueError, match=r"Group 1 .* nothing to train: .*stage1_norm.*freeze_batch_norm=False"):
            fit(make_model(), callback)

    def test_reloaded_with_other_groups(self, tmp_path):
        model = make_model()
        fit(model, unfreeze(), epochs=1)
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
        with pytest.raises(ValueError, match="the groups now are not those it was saved with"):
            fit(again, GradualUnfreeze(["head", "*"], at=[1]))

    def test_yaml_needs_a_model(self):
        with pytest.raises(ValueError, match="needs the `model`"):
            unfreeze().to_yaml()


def test_data_is_learnable():
    x, y = make_data(128)
    model = make_model(metrics=["accuracy"])
    model.fit(x, y, epochs=30, batch_size=16, verbose=0, callbacks=[unfreeze(at=[5, 10])])
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] > 0.85
