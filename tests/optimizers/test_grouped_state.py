import json

import keras
import pytest

from keras_transfer.optimizers import Grouped, group_optimizer
from tests.optimizers.grouped_case import (
    OPTIMIZERS,
    assert_same,
    fit,
    small_model,
    variables,
)


def test_reload_goes_on_as_if_never_saved(tmp_path):
    def make():
        model = small_model()
        inner = OPTIMIZERS["nadam"](weight_decay=0.01)
        inner.exclude_from_weight_decay(var_names=["bias"])
        model.compile(Grouped(inner, [[model.layers[-1]], [model.layers[0]]], [1.0, 0.3]), "mse")
        fit(model)
        return model

    model = make()
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer, Grouped)
    assert again.optimizer.multipliers == pytest.approx([1.0, 0.3])
    assert [row["decay"] for row in again.optimizer.layout["variables"]] == [True, False, True, False]
    assert_same(fit(again), fit(model), rtol=0, atol=0)
    assert again.optimizer.clocks == model.optimizer.clocks == [12, 12]


def test_reload_with_a_frozen_layer_keeps_its_state_for_later(tmp_path):
    model = small_model()
    head, body = model.layers[-1], model.layers[0]
    model.compile(Grouped(OPTIMIZERS["adam"](), [[head], [body]]), "mse")
    fit(model)
    body.trainable = False
    model.make_train_function(force=True)
    fit(model)
    model.save(tmp_path / "model.keras")

    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.optimizer.clocks == model.optimizer.clocks == [12, 6]
    assert_same(fit(again), fit(model), rtol=0, atol=0)
    again.save(tmp_path / "again.keras")  # and once more, still without knowing the frozen variables
    again = keras.models.load_model(tmp_path / "again.keras")
    for one in (model, again):
        one.layers[0].trainable = True
        one.make_train_function(force=True)
    with pytest.raises(ValueError, match=r"No group of this optimizer holds .*dense.*kernel"):
        fit(again)
    again.make_train_function(force=True)
    again.optimizer.bind([[again.layers[-1]], [again.layers[0]]])
    count = len(again.optimizer.variables)
    assert_same(fit(again), fit(model), rtol=0, atol=0)
    assert again.optimizer.clocks == [24, 12]
    assert len(again.optimizer.variables) == count == len(model.optimizer.variables)


def test_reload_under_a_loss_scale(tmp_path):
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        model = small_model()
        model.compile(Grouped(OPTIMIZERS["adam"](), [[model.layers[-1]], [model.layers[0]]]), "mse")
        fit(model)
        steps = int(model.optimizer.iterations.numpy())
        model.layers[0].trainable = False
        model.optimizer.dynamic_scale.assign(64.0)
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    assert float(again.optimizer.dynamic_scale.numpy()) == 64.0
    assert again.optimizer.inner_optimizer.clocks == [steps, steps]


def test_state_of_other_groups_is_refused(tmp_path):
    model = small_model()
    model.compile(Grouped("adam", [[model.layers[-1]], [model.layers[0]]]), "mse")
    fit(model)
    model.save_weights(tmp_path / "two.weights.h5")
    other = small_model()
    other.compile(Grouped("adam"), "mse")
    fit(other)
    with pytest.raises(ValueError, match=r"does not fit: .*kernel.* in group 1 was saved where .* in group 0"):
        other.load_weights(tmp_path / "two.weights.h5")


def test_weights_without_optimizer_state_say_so(tmp_path):
    small_model().save_weights(tmp_path / "plain.weights.h5")
    model = small_model()
    model.compile(Grouped("adam"), "mse")
    fit(model)
    with pytest.warns(UserWarning, match="no state of optimizer 'grouped' in the file; it starts afresh"):
        model.load_weights(tmp_path / "plain.weights.h5")


def test_config_round_trip():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 20)
    members = variables()
    grouped = Grouped(keras.optimizers.AdamW(schedule, clipnorm=1.0), [members[:2], members[2:]], [1.0, 0.5])
    grouped.build(members)
    config = json.dumps(keras.saving.serialize_keras_object(grouped))
    again = keras.saving.deserialize_keras_object(json.loads(config))
    assert again.clipnorm == 1.0 and isinstance(again._learning_rate, keras.optimizers.schedules.CosineDecay)
    again.build(variables())
    assert again.layout == grouped.layout and again.multipliers == grouped.multipliers
    assert json.dumps(keras.saving.serialize_keras_object(again)) == config


def test_learning_rate_set_while_training_is_saved():
    grouped = Grouped("sgd")
    grouped.build(variables())
    grouped.learning_rate = 0.125
    assert Grouped.from_config(grouped.get_config()).learning_rate.numpy() == 0.125


class TestGroupOptimizer:
    def test_plain_optimizer_goes_on_where_it_was(self):
        plain, grouped = small_model(), small_model()
        for model in (plain, grouped):
            model.compile(OPTIMIZERS["nadam"](), "mse")
            fit(model)
        made = group_optimizer(grouped, [[grouped.layers[-1]], [grouped.layers[0]]])
        assert grouped.optimizer is made and made.clocks == [6, 6] and int(made.iterations) == 6
        assert_same(fit(grouped), fit(plain))

    def test_frozen_and_new_variables_start_at_zero(self):
        model = small_model()
        model.layers[0].trainable = False
        model.compile(OPTIMIZERS["adam"](), "mse")
        fit(model)
        model.layers[0].trainable = True
        assert group_optimizer(model, [[model.layers[-1]], [model.layers[0]]]).clocks == [6, 0]

    def test_regrouping_hands_the_state_over(self):
        model, expected = small_model(), small_model()
        for one in (model, expected):
            one.compile(OPTIMIZERS["adamw"](), "mse")
            fit(one)
        group_optimizer(model, [[model.layers[-1]], [model.layers[0]]])
        made = group_optimizer(model, [model.trainable_variables[:3], model.trainable_variables[3:]], [1.0, 1.0])
        assert [len(group) for group in made.groups] == [3, 1]
        assert_same(fit(model), fit(expected))

    def test_same_groups_keep_the_optimizer(self):
        model = small_model()
        model.compile("adam", "mse")
        groups = [[model.layers[-1]], [model.layers[0]]]
        first = group_optimizer(model, groups, [1.0, 0.5])
        assert group_optimizer(model, groups) is first and first.multipliers == [1.0, 0.5]
        assert group_optimizer(model, groups, [1.0, 0.25]) is first and first.multipliers == [1.0, 0.25]

    def test_saved_model_holds_the_new_optimizer(self, tmp_path):
        model = small_model()
        model.compile("adam", "mse")
        group_optimizer(model, [[model.layers[-1]], [model.layers[0]]], [1.0, 0.5])
        fit(model)
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
        assert again.optimizer.clocks == [6, 6] and again.optimizer.multipliers == [1.0, 0.5]
        with pytest.raises(ValueError, match="in no group|not compiled|must be compiled"):
            group_optimizer(small_model(), [[model.layers[0]]])

    def test_loss_scale_is_kept(self):
        policy = keras.mixed_precision.dtype_policy()
        keras.mixed_precision.set_dtype_policy("mixed_float16")
        try:
            model = small_model()
            model.compile("adam", "mse")
            fit(model)
        finally:
            keras.mixed_precision.set_dtype_policy(policy)
        model.optimizer.dynamic_scale.assign(32.0)
        steps = int(model.optimizer.iterations.numpy())
        made = group_optimizer(model, [[model.layers[-1]], [model.layers[0]]])
        assert model.optimizer.inner_optimizer is made and made.clocks == [steps, steps]
        assert float(model.optimizer.dynamic_scale.numpy()) == 32.0
        fit(model)
        assert made.clocks == [steps + 6, steps + 6]
