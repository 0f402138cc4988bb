import keras
import numpy as np
import pytest

from keras_transfer.optimizers import Grouped
from tests.optimizers.grouped_case import (
    OPTIMIZERS,
    RATE,
    assert_same,
    data,
    fit,
    gradients,
    run,
    small_model,
    variables,
)
from tests.replicas import mirrored


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_late_group_steps_as_under_its_own_fresh_optimizer(name):
    members = variables()
    early, late = members[:2], members[2:]
    grouped = Grouped(OPTIMIZERS[name](), [early, late], [1.0, 0.25])
    grouped.build(members)
    run(grouped, early, range(5))
    assert grouped.clocks == [5, 0]
    run(grouped, members, range(5, 12))
    assert grouped.clocks == [12, 7]

    expected = variables()
    run(OPTIMIZERS[name](), expected[:2], range(12))
    fresh = OPTIMIZERS[name]()
    fresh.learning_rate = RATE / 4
    run(fresh, expected[2:], range(5, 12))
    assert_same([v.numpy() for v in members], [v.numpy() for v in expected])


def test_shared_clock_would_step_too_far():
    """What `Grouped` is for: with one Adam for both, the late group's first steps are several times too large."""
    members, expected = variables(), variables()
    shared = keras.optimizers.Adam(RATE)
    shared.build(members)
    shared._iterations.assign(5000)
    before = members[2].numpy()
    run(shared, members, range(8))
    run(keras.optimizers.Adam(RATE), expected[2:], range(8))
    ratio = np.abs(members[2].numpy() - before).mean() / np.abs(expected[2].numpy() - before).mean()
    assert ratio > 4


@pytest.mark.parametrize("name", ["nadam", "adamw", "momentum"])
def test_one_group_equals_the_plain_optimizer(name):
    members, expected = variables(), variables()
    assert_same(run(Grouped(OPTIMIZERS[name]()), members, range(6)), run(OPTIMIZERS[name](), expected, range(6)))


def test_schedule_goes_by_all_steps_bias_correction_by_the_group():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([4], [0.1, 0.01])
    members, expected = variables(), variables()
    grouped = Grouped(keras.optimizers.Adam(schedule), [members[:2], members[2:]])
    grouped.build(members)
    run(grouped, members[:2], range(5))
    run(grouped, members, range(5, 8))
    run(keras.optimizers.Adam(0.01), expected[2:], range(5, 8))  # the schedule is past its boundary
    assert_same([v.numpy() for v in members[2:]], [v.numpy() for v in expected[2:]])
    assert grouped.rates == pytest.approx([0.01, 0.01])


def test_learning_rate_and_multipliers_can_be_set_while_training():
    members = variables()
    grouped = Grouped("sgd", [members[:2], members[2:]], [1.0, 0.5])
    grouped.build(members)
    grouped.learning_rate = 0.2
    grouped.multipliers = [1.0, 0.1]
    assert grouped.rates == pytest.approx([0.2, 0.02])
    before = members[2].numpy()
    run(grouped, members, [0])
    assert_same([members[2].numpy()], [before - 0.02 * gradients(members, 0)[2].numpy()])


def test_state_is_kept_while_a_group_is_frozen():
    members, expected = variables(), variables()
    grouped = Grouped(OPTIMIZERS["adam"](), [members[:2], members[2:]])
    run(grouped, members, range(3))
    run(grouped, members[:2], range(3, 6))  # frozen meanwhile
    run(grouped, members, range(6, 9))
    fresh = OPTIMIZERS["adam"]()
    run(fresh, expected[2:], [0, 1, 2, 6, 7, 8])
    assert_same([v.numpy() for v in members[2:]], [v.numpy() for v in expected[2:]])


def test_part_of_a_group_may_be_frozen():
    members, expected = variables(), variables()
    grouped = Grouped(OPTIMIZERS["adam"](), [members[:2], members[2:]])
    grouped.build(members)
    run(grouped, [members[0], members[2]], range(3))
    run(OPTIMIZERS["adam"](), [expected[0], expected[2]], range(3))
    assert_same([v.numpy() for v in members], [v.numpy() for v in expected])


@pytest.mark.parametrize("clip", [{"clipnorm": 0.1}, {"clipvalue": 0.05}, {"global_clipnorm": 0.1}])
def test_clipping_covers_all_groups(clip):
    members, expected = variables(), variables()
    grouped = Grouped(OPTIMIZERS["adamw"](**clip), [members[:2], members[2:]])
    assert_same(run(grouped, members, range(4)), run(OPTIMIZERS["adamw"](**clip), expected, range(4)))


def test_weight_decay_exclusions_reach_every_group():
    members, expected = variables(), variables()
    plain, inner = OPTIMIZERS["adamw"](), OPTIMIZERS["adamw"]()
    plain.exclude_from_weight_decay([expected[1], expected[3]])
    inner.exclude_from_weight_decay([members[1], members[3]])
    grouped = Grouped(inner, [members[:2], members[2:]])
    assert_same(run(grouped, members, range(4)), run(plain, expected, range(4)))
    assert [row["decay"] for row in grouped.layout["variables"]] == [True, False, True, False]
    grouped.exclude_from_weight_decay(members)
    plain.exclude_from_weight_decay(expected)
    assert_same(run(grouped, members, range(4, 6)), run(plain, expected, range(4, 6)))


def test_accumulation_of_a_late_group_equals_its_own_optimizer():
    members, expected = variables(), variables()
    grouped = Grouped(OPTIMIZERS["adam"](gradient_accumulation_steps=3), [members[:2], members[2:]])
    grouped.build(members)
    run(grouped, members[:2], range(6))
    run(grouped, members, range(6, 12))
    assert grouped.clocks == [4, 2]
    run(OPTIMIZERS["adam"](gradient_accumulation_steps=3), expected[:2], range(12))
    run(OPTIMIZERS["adam"](gradient_accumulation_steps=3), expected[2:], range(6, 12))
    assert_same([v.numpy() for v in members], [v.numpy() for v in expected])


def test_group_that_starts_within_a_cycle_takes_the_mean_of_what_it_saw():
    members = variables()
    grouped = Grouped(keras.optimizers.SGD(1.0, gradient_accumulation_steps=3), [members[:2], members[2:]])
    grouped.build(members)
    before = members[2].numpy()
    run(grouped, members[:2], [0])
    run(grouped, members, [1, 2])
    mean = (gradients(members, 1)[2].numpy() + gradients(members, 2)[2].numpy()) / 2
    assert_same([members[2].numpy()], [before - mean])


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "adamw", "nadam"])
@pytest.mark.parametrize("clip", [{}, {"global_clipnorm": 0.1}], ids=["unclipped", "clipped"])
def test_accumulated_batches_are_one_large_one_for_every_group(name, clip):
    """Steps, and the count of them, of the group that starts later too."""
    one, other = variables(), variables()
    small, large = (
        Grouped(OPTIMIZERS[name](gradient_accumulation_steps=steps, **clip), [members[:2], members[2:]], [1.0, 0.3])
        for steps, members in ((3, one), (None, other))
    )
    small.build(one)
    large.build(other)
    for cycle in range(4):
        members = one if cycle else one[:2]
        parts = [gradients(members, 3 * cycle + number) for number in range(3)]
        for part in parts:
            small.apply(part, members)
        large.apply([sum(part) / 3 for part in zip(*parts, strict=True)], other if cycle else other[:2])
    assert small.clocks == large.clocks == [4, 3]
    assert_same([v.numpy() for v in one], [v.numpy() for v in other])


def test_fit_on_accumulated_batches_equals_fit_on_large_ones():
    results = []
    for steps, size in ((3, 4), (None, 12)):
        model = small_model()
        inner = OPTIMIZERS["adam"](gradient_accumulation_steps=steps)
        grouped = Grouped(inner, [[model.layers[-1]], [model.layers[0]]], [1.0, 0.5])
        model.compile(grouped, "mse")
        model.fit(*data(), batch_size=size, epochs=3, shuffle=False, verbose=0)
        results.append(model.get_weights())
        assert grouped.clocks == [6, 6] and int(grouped.iterations.numpy()) == 6
    assert_same(*results)


@pytest.mark.parametrize("accumulation", [None, 2])
def test_averages_of_a_late_group_equal_its_own_optimizer(accumulation):
    options = {"use_ema": True, "ema_momentum": 0.7, "gradient_accumulation_steps": accumulation}
    members, expected = variables(), variables()
    grouped = Grouped(OPTIMIZERS["adam"](**options), [members[:2], members[2:]])
    grouped.build(members)
    run(grouped, members[:2], range(4))
    grouped.finalize_variable_values(
        members[:2]
    )  # more variables are planned for than train; the others keep their values
    assert_same([v.numpy() for v in members[2:]], [v.numpy() for v in variables()[2:]])
    early = OPTIMIZERS["adam"](**options)
    run(early, expected[:2], range(4))
    early.finalize_variable_values(expected[:2])
    assert_same([v.numpy() for v in members[:2]], [v.numpy() for v in expected[:2]])
    run(grouped, members, range(4, 7))
    grouped.finalize_variable_values(members)
    late = OPTIMIZERS["adam"](**options)
    run(late, expected[2:], range(4, 7))
    late.finalize_variable_values(expected[2:])
    assert_same([v.numpy() for v in members[2:]], [v.numpy() for v in expected[2:]])


def test_average_overwrites_by_the_groups_clock():
    options = {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2}
    members, expected = variables(), variables()
    grouped = Grouped(OPTIMIZERS["adam"](**options), [members[:2], members[2:]])
    grouped.build(members)
    run(grouped, members[:2], range(3))
    run(grouped, members, range(3, 8))
    run(OPTIMIZERS["adam"](**options), expected[:2], range(8))
    run(OPTIMIZERS["adam"](**options), expected[2:], range(3, 8))
    assert_same([v.numpy() for v in members], [v.numpy() for v in expected])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("nadam", {}),
        ("adamw", {"global_clipnorm": 0.1}),
        ("nadam", {"gradient_accumulation_steps": 2}),
        ("adamw", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}),
    ],
    ids=["plain", "clipped", "accumulated", "averaged"],
)
def test_replicas_equal_one_device(name, options):
    results = []
    for strategy in (None, mirrored(2)):
        model = small_model(strategy)
        with model.distribute_strategy.scope():
            grouped = Grouped(OPTIMIZERS[name](**options), [[model.layers[-1]], [model.layers[0]]], [1.0, 0.5])
            model.compile(grouped, "mse")
        results.append(fit(model))
        assert grouped.clocks == ([3, 3] if "gradient_accumulation_steps" in options else [6, 6])
    assert_same(*results, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("strategy", [None, 2], ids=["one device", "replicas"])
def test_mixed_float16_scales_the_loss_around_it(strategy):
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        model = small_model(strategy and mirrored(strategy))
        with model.distribute_strategy.scope():
            model.compile(Grouped(OPTIMIZERS["adamw"](), [[model.layers[-1]], [model.layers[0]]]), "mse")
        before = model.get_weights()
        after = fit(model)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert all(np.isfinite(w).all() and np.abs(w - b).max() > 0 for w, b in zip(after, before, strict=True))
    steps = int(model.optimizer.iterations.numpy())  # the first may be skipped: the scale starts high
    assert model.optimizer.inner_optimizer.clocks == [steps, steps] and steps >= 4


def test_skipped_steps_of_a_loss_scale_do_not_count():
    members = variables()
    grouped = Grouped(OPTIMIZERS["adam"](), [members[:2], members[2:]])
    scaled = keras.optimizers.LossScaleOptimizer(grouped)
    scaled.apply([g * np.inf for g in gradients(members, 0)], members)
    assert grouped.clocks == [0, 0]
    scaled.apply(gradients(members, 0), members)
    assert grouped.clocks == [1, 1]


def test_embedding_gradients():
    def train(wrap):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((3,), dtype="int32"),
                keras.layers.Embedding(9, 4),
                keras.layers.Flatten(),
                keras.layers.Dense(1),
            ]
        )
        inner = OPTIMIZERS["adam"](clipnorm=0.1, gradient_accumulation_steps=None)
        model.compile(Grouped(inner, [[model.layers[-1]], [model.layers[0]]]) if wrap else inner, "mse")
        x = np.random.default_rng(0).integers(0, 9, (8, 3))
        model.fit(x, x.sum(1, keepdims=True), batch_size=4, epochs=2, shuffle=False, verbose=0)
        return model.get_weights()

    assert_same(train(True), train(False))


def test_embedding_gradients_accumulate():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,), dtype="int32"), keras.layers.Embedding(9, 4), keras.layers.Flatten()])
    model.compile(Grouped(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)), "mse")
    before = model.get_weights()[0]
    x = np.array([[0, 1, 2], [3, 3, 3]])
    model.fit(x, np.zeros((2, 12)), batch_size=1, epochs=1, shuffle=False, verbose=0)
    moved = np.abs(model.get_weights()[0] - before).max(1) > 0
    assert moved.tolist() == [True] * 4 + [False] * 5


class TestErrors:
    def test_variable_in_two_groups(self):
        members = variables()
        with pytest.raises(ValueError, match="`early` is in group 0 and again in group 1"):
            Grouped("adam", [members[:2], members])

    def test_empty_group(self):
        with pytest.raises(ValueError, match="Group 1 has no trainable variables"):
            Grouped("adam", [variables(), []])

    def test_trainable_variable_in_no_group(self):
        members = variables()
        with pytest.raises(ValueError, match=r"in no group: \['late', 'late_bias'\]"):
            Grouped("adam", [members[:2]]).build(members)

    @pytest.mark.parametrize("multipliers", [[1.0], [1.0, -1.0]])
    def test_wrong_multipliers(self, multipliers):
        members = variables()
        with pytest.raises(ValueError, match="must be 2 numbers >= 0"):
            Grouped("adam", [members[:2], members[2:]], multipliers)

    def test_loss_scale_inside(self):
        with pytest.raises(ValueError, match="goes around `Grouped`"):
            Grouped(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))

    def test_wrong_weights(self):
        grouped = Grouped("sgd")
        grouped.build(variables())
        with pytest.raises(ValueError, match="must have the shapes"):
            grouped.set_weights([np.zeros(3)])
