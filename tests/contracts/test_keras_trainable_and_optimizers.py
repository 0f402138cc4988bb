"""What `optimizers.Grouped`, `transfer.set_trainable` and `callbacks.GradualUnfreeze` lean on and Keras does not document.

Seen with keras 3.15.1. A failure here names what to look at after an update of Keras.
"""

import keras
import numpy as np
import pytest

NAMES = (
    "SGD",
    "Adam",
    "AdamW",
    "Nadam",
    "Adamax",
    "Adagrad",
    "Adadelta",
    "RMSprop",
    "Ftrl",
    "Lion",
    "Lamb",
    "Adafactor",
)


def model(**compiled):
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a"), keras.layers.Dense(1, name="b")])
    made.compile("adam", "mse", **compiled)
    return made


def fit(made, *callbacks, epochs=1):
    made.fit(np.ones((8, 3)), np.ones((8, 1)), batch_size=4, epochs=epochs, verbose=0, callbacks=list(callbacks))


class TestOptimizers:
    @pytest.mark.parametrize("name", NAMES)
    def test_slots_run_parallel_to_the_variables(self, name):
        """State of a variable is in lists at the variable's index; what is shared is an attribute of its own."""
        options = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
        optimizer = getattr(keras.optimizers, name)(0.1, use_ema=True, gradient_accumulation_steps=2, **options)
        variables = [keras.Variable(np.ones((2, 3))), keras.Variable(np.ones(4))]
        optimizer.build(variables)
        found = [v for v in vars(optimizer).values() if isinstance(v, keras.Variable)]
        for attribute, value in vars(optimizer).items():
            if isinstance(value, list) and len(value) == 2 and attribute not in ("_variables", "_trainable_variables"):
                found += [entry for entry in value if isinstance(entry, keras.Variable)]
        assert {id(v) for v in found} == {id(v) for v in optimizer.variables}

    def test_attributes_that_are_read(self):
        optimizer = keras.optimizers.Adam(0.1)
        assert isinstance(optimizer._learning_rate, keras.Variable) and not callable(optimizer._learning_rate)
        schedule = keras.optimizers.schedules.CosineDecay(0.1, 5)
        assert keras.optimizers.Adam(schedule)._learning_rate is schedule and callable(schedule)
        variable = keras.Variable(1.0)
        optimizer.build([variable])
        assert optimizer._trainable_variables_indices == {optimizer._var_key(variable): 0}
        assert len(optimizer.variables) == 4
        optimizer._trainable_variables[0] = keras.Variable(2.0)
        assert len(optimizer.variables) == 4, "model variables put into the list are not taken for state"

    def test_exclusions_are_kept_under_these_names(self):
        optimizer, variable = keras.optimizers.AdamW(), keras.Variable(1.0)
        optimizer.exclude_from_weight_decay([variable], ["bias"])
        assert optimizer._exclude_from_weight_decay == {optimizer._var_key(variable)}
        assert optimizer._exclude_from_weight_decay_pattern.pattern == "bias"
        optimizer.build([variable])
        optimizer.exclude_from_weight_decay([])  # allowed after building, and read again
        assert optimizer._use_weight_decay(variable)

    def test_lists_of_plain_objects_are_no_state(self):
        class Holder:
            def __init__(self):
                self.variables = [keras.Variable(1.0)]

        optimizer = keras.optimizers.SGD()
        count = len(optimizer.variables)
        optimizer._holders = [Holder()]
        assert len(optimizer.variables) == count

    def test_loss_scale_shows_its_parts(self):
        scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), initial_scale=8.0)
        scaled.build([keras.Variable(1.0)])
        assert float(scaled.dynamic_scale) == 8.0 and int(scaled.step_counter) == 0
        assert set(scaled.get_config()) == {"name", "inner_optimizer", "initial_scale", "dynamic_growth_steps"}


class TestTrainer:
    def test_saved_optimizer_is_that_of_the_compile_config(self, tmp_path):
        made = model()
        made._compile_config.config["optimizer"] = keras.optimizers.SGD(0.5)
        made.save(tmp_path / "model.keras")
        with pytest.warns(UserWarning, match="Skipping variable loading|could not be loaded"):
            fit(made)
            made.save(tmp_path / "model.keras")
            again = keras.models.load_model(tmp_path / "model.keras")
        assert isinstance(again.optimizer, keras.optimizers.SGD)

    def test_reload_builds_the_optimizer_on_what_trains_in_order(self, tmp_path):
        seen = []

        @keras.saving.register_keras_serializable("contract")
        class Seen(keras.optimizers.SGD):
            def build(self, variables):
                seen.append(["/".join(v.path.split("/")[-2:]) for v in variables])
                super().build(variables)

        made = model()
        made.compile(Seen(0.1), "mse")
        made.layers[0].trainable = False
        made.save(tmp_path / "model.keras")
        del seen[:]
        again = keras.models.load_model(tmp_path / "model.keras")
        assert seen == [["b/kernel", "b/bias"]] and not again.layers[0].trainable

    @pytest.mark.parametrize("hook", ["on_epoch_begin", "on_train_batch_begin"])
    def test_train_function_is_looked_up_for_each_batch(self, hook):
        made, calls = model(), []

        class Swap(keras.callbacks.Callback):
            pass

        def swap(number, logs=None):
            stock = made.train_function if not calls else calls[0]
            calls.append(stock)
            made.train_function = lambda iterator: (calls.append("mine"), stock(iterator))[1]

        callback = Swap()
        setattr(callback, hook, swap)
        fit(made, callback)
        assert calls.count("mine") == 2

    def test_model_is_set_before_any_callback_begins(self):
        order = []

        class Note(keras.callbacks.Callback):
            def set_model(self, model):
                super().set_model(model)
                order.append("model")

            def on_train_begin(self, logs=None):
                order.append("begin")

        fit(model(), Note(), Note())
        assert order == ["model", "model", "begin", "begin"]

    def test_logs_are_shared_between_callbacks_and_history(self):
        class Add(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                logs["added"] = epoch

        made = model()
        fit(made, Add(), epochs=2)
        assert made.history.history["added"] == [0, 1]

    def test_last_step_of_a_short_execution_is_overstated(self):
        steps = []

        class Note(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                steps.append((batch, self.params["steps"]))

        made = model(steps_per_execution=3)
        made.fit(np.ones((20, 3)), np.ones((20, 1)), batch_size=4, verbose=0, callbacks=[Note()])
        assert steps == [(2, 5), (5, 5)], "five steps, the last of index 4"


class TestTrainable:
    def test_flags_without_the_setter_leave_children_alone(self):
        made = model()
        made.layers[0].trainable = False
        made._trainable = True
        assert not made.layers[0].trainable and [v.path.split("/")[-2] for v in made.trainable_variables] == ["b", "b"]

    def test_frozen_parent_hides_all_below(self):
        made = model()
        made._trainable = False
        assert made.trainable_variables == []

    def test_own_variables_are_listed_at_their_layer_only(self):
        made = model()
        assert made._trainable_variables == [] and len(made.layers[0]._trainable_variables) == 2
        assert [layer.name for layer in made._layers if layer._trainable_variables] == ["a", "b"]
        norm = keras.layers.BatchNormalization()
        norm.build((None, 2))
        norm.trainable = False
        assert len(norm._trainable_variables) == 2, "frozen ones stay in the list"

    @pytest.mark.parametrize(
        ("layer", "shape", "base"),
        [
            (lambda: keras.layers.Dense(3), (None, 4), "_kernel"),
            (lambda: keras.layers.EinsumDense("ab,bc->ac", 3), (None, 4), "_kernel"),
            (lambda: keras.layers.Conv2D(3, 2), (None, 8, 8, 2), "_kernel"),
            (lambda: keras.layers.Embedding(5, 3), None, "_embeddings"),
        ],
    )
    def test_base_weights_under_lora(self, layer, shape, base):
        made = layer()
        made.build(shape)
        made.enable_lora(1)
        assert made.lora_enabled and not getattr(made, base).trainable
        assert any(v is getattr(made, base) for v in made._trainable_variables)

    def test_batch_norm_obeys_its_own_flag(self):
        norm = keras.layers.BatchNormalization()
        norm.build((None, 2))
        norm._trainable = False
        before = norm.moving_mean.numpy()
        norm(np.ones((4, 2)) * 9, training=True)
        np.testing.assert_array_equal(norm.moving_mean.numpy(), before)
