"""What happens when `trainable` flips: stock Keras and keras_transfer, side by side.

    python -m benchmarks.stock_keras_traps

Runs both through fourteen situations and prints a Markdown table of what each did. Takes about a minute on one core.
"""

import os
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from benchmarks.trap_model import (
    GROUPS,
    STEPS,
    Count,
    Remember,
    Slots,
    Stop,
    changed,
    error_of,
    fit,
    kernel,
    model,
    open_body,
    quietly,
)
from keras_transfer.callbacks import GradualUnfreeze
from keras_transfer.optimizers import Grouped, group_optimizer
from keras_transfer.transfer import set_trainable

# Each function returns `(right, what happened)`.


def stock_unfreeze_without_compiling():
    """1, Keras: set the flags, fit on."""
    made = model()
    fit(made)
    open_body(made)
    before = kernel(made)
    said = quietly(lambda: fit(made))
    moved = bool(np.abs(kernel(made) - before).max() > 0)
    return moved, f"body {'moved' if moved else 'did not move'}, {len(said)} warnings"


def ours_unfreeze_without_compiling():
    """1, ours."""
    made = model()
    unfreeze = GradualUnfreeze(GROUPS, at=[1])
    fit(made, unfreeze)
    moved = changed(made, lambda: fit(made, unfreeze, epochs=2, first=1))
    return moved, f"body {'moved' if moved else 'did not move'}"


def stock_forced_retrace():
    """2, Keras: set the flags, force a new train function."""
    made = model()
    fit(made)
    open_body(made)
    made.make_train_function(force=True)
    error = error_of(lambda: fit(made))
    return error is None, error or "trained on"


def ours_forced_retrace():
    """2, ours: what the callback leaves behind can be retraced at will."""
    made = model()
    fit(made, GradualUnfreeze(GROUPS, at=[1]), epochs=2)
    made.make_train_function(force=True)
    error = error_of(lambda: fit(made))
    return error is None, error or "trained on"


def stock_recompile():
    """3, Keras: compile again, with the same optimizer or a new one."""
    made = model()
    fit(made)
    open_body(made)
    made.compile(made.optimizer, "mse")
    error = error_of(lambda: fit(made))
    again = model()
    fit(again)
    open_body(again)
    again.compile(keras.optimizers.Adam(1e-2), "mse")
    steps = Slots(again).steps
    return error is None and steps == STEPS, f"same optimizer: {error}; new one: {steps} of {STEPS} steps remembered"


def ours_recompile():
    """3, ours: the optimizer goes on through the phases."""
    made = model()
    fit(made, GradualUnfreeze(GROUPS, at=[1]), epochs=2)
    slots = Slots(made)
    right = slots.steps == 2 * STEPS and slots.moments and made.optimizer.clocks == [2 * STEPS, STEPS]
    return right, f"{slots.steps} of {2 * STEPS} steps remembered, groups' clocks {made.optimizer.clocks}"


def stock_compile_in_callback():
    """4, Keras: compile in `on_epoch_begin`."""

    class Compile(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                open_body(self.model)
                self.model.compile(keras.optimizers.Adam(1e-2), "mse")

    made = model()
    error = error_of(lambda: fit(made, Compile(), epochs=2))
    return error is None, error or "trained on"


def ours_compile_in_callback():
    """4, ours: switch within one fit."""
    made = model()
    error = error_of(lambda: fit(made, GradualUnfreeze(GROUPS, at=[1]), epochs=3))
    return error is None, error or "trained on"


def stock_freeze_after_compiling():
    """5, Keras: freeze a model that has been trained."""
    made = model(frozen=False)
    fit(made)
    for layer in made.layers[1:-1]:
        layer.trainable = False
    statistics = made.layers[2].moving_mean.numpy()
    moved = changed(made, lambda: fit(made))
    drifted = bool(np.abs(made.layers[2].moving_mean.numpy() - statistics).max() > 0)
    return not (
        moved or drifted
    ), f"weights {'moved' if moved else 'stayed'}, statistics {'moved' if drifted else 'stayed'}"


def ours_freeze_after_compiling():
    """5, ours."""
    made = model(frozen=False)
    fit(made)
    statistics = made.layers[2].moving_mean.numpy()
    moved = changed(made, lambda: fit(made, GradualUnfreeze(GROUPS, at=[9])))
    drifted = bool(np.abs(made.layers[2].moving_mean.numpy() - statistics).max() > 0)
    return not (
        moved or drifted
    ), f"weights {'moved' if moved else 'stayed'}, statistics {'moved' if drifted else 'stayed'}"


def stock_build_first():
    """6, Keras: build the optimizer on everything, then flip and retrace."""
    made = model(frozen=False)
    made.optimizer.build(made.trainable_variables)
    for layer in made.layers[1:-1]:
        layer.trainable = False
    fit(made)
    open_body(made)
    made.make_train_function(force=True)
    moved = changed(made, lambda: fit(made))
    return moved and Slots(made).steps == 2 * STEPS, f"body {'moved' if moved else 'did not move'}, state kept"


def ours_build_first():
    """6, ours: the same, without the care it takes."""
    made = model()
    unfreeze = GradualUnfreeze(GROUPS, at=[1])
    fit(made, unfreeze)
    count = len(made.optimizer.variables)
    moved = changed(made, lambda: fit(made, unfreeze, epochs=2, first=1))
    same = count == len(made.optimizer.variables) and Slots(made).steps == 2 * STEPS
    return moved and same, f"body {'moved' if moved else 'did not move'}, state {'kept' if same else 'lost'}"


def stock_averages():
    """7, Keras: `use_ema` with part of the variables frozen."""
    made = model(keras.optimizers.Adam(1e-2, use_ema=True), frozen=False)
    made.optimizer.build(made.trainable_variables)
    made.layers[1].trainable = False
    error = error_of(lambda: fit(made))
    return error is None, error or "trained on"


def ours_averages():
    """7, ours."""
    made = model(keras.optimizers.Adam(1e-2, use_ema=True))
    moved = []
    unfreeze = GradualUnfreeze(GROUPS, at=[1])
    error = error_of(lambda: moved.append(changed(made, lambda: fit(made, unfreeze))))
    error = error or error_of(lambda: fit(made, unfreeze, epochs=2, first=1))
    return error is None and moved == [False], error or f"trained on, frozen body {'moved' if moved[0] else 'stayed'}"


def _checkpointed(first, second, unfreeze):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "phase0.weights.h5")
        fit(first, *unfreeze())
        first.save_weights(path)
        said = quietly(lambda: second.load_weights(path))
    steps = Slots(second).steps
    return steps == STEPS, f"{steps} of {STEPS} steps restored, {len(said)} warnings"


def stock_checkpoint_of_an_earlier_phase():
    """8, Keras: weights of phase 0 into a model of phase 1."""
    later = model(frozen=False)
    later.optimizer.build(later.trainable_variables)
    return _checkpointed(model(), later, list)


def ours_checkpoint_of_an_earlier_phase():
    """8, ours."""
    later = model()
    groups = [[later.layers[-1].kernel, later.layers[-1].bias], [later.layers[1].kernel, later.layers[1].bias]]
    set_trainable(later, later.layers[1:], freeze_batch_norm=True)
    group_optimizer(later, groups)
    return _checkpointed(model(), later, lambda: [GradualUnfreeze(GROUPS, at=[1])])


def stock_parent_already_trainable():
    """9, Keras: `parent.trainable = True` above a frozen child."""
    made = model()
    made.trainable = True
    right = made.layers[1].trainable
    return right, f"child {'thawed' if right else 'stayed frozen'}"


def ours_parent_already_trainable():
    """9, ours."""
    made = model()
    set_trainable(made, [made])
    right = made.layers[1].trainable
    return right, f"child {'thawed' if right else 'stayed frozen'}"


def _lora():
    made = model(frozen=False)
    made.layers[1].enable_lora(2)
    made.layers[1].trainable = False
    return made


def stock_lora():
    """10, Keras: thaw a layer with LoRA."""
    made = _lora()
    made.layers[1].trainable = True
    thawed = made.layers[1]._kernel.trainable
    return not thawed, f"base kernel {'thawed' if thawed else 'stayed frozen'}"


def ours_lora():
    """10, ours."""
    made = _lora()
    made.compile("adam", "mse")
    before = made.layers[1]._kernel.numpy()
    factors = made.layers[1].lora_kernel_b.numpy()
    fit(made, GradualUnfreeze(GROUPS, at=[0]))
    moved = np.abs(made.layers[1]._kernel.numpy() - before).max() > 0
    trained = np.abs(made.layers[1].lora_kernel_b.numpy() - factors).max() > 0
    return (
        trained and not moved,
        f"base kernel {'moved' if moved else 'stayed frozen'}, factors trained: {bool(trained)}",
    )


def _stack(names):
    inputs = outputs = keras.Input((3,))
    for name in names:
        outputs = keras.layers.Dense(3, name=name, kernel_initializer="random_normal")(outputs)
    made = keras.Model(inputs, outputs)
    made.compile("adam", "mse")
    made.optimizer.build(made.trainable_variables)
    return made


def stock_weights_by_position():
    """11, Keras: load an .h5 into the model without one of its layers."""
    full, less = _stack(["a", "b", "c"]), _stack(["a", "c"])
    with tempfile.TemporaryDirectory() as folder:
        full.save_weights(path := os.path.join(folder, "full.weights.h5"))
        error = error_of(lambda: quietly(lambda: less.load_weights(path)))
    wrong = np.array_equal(less.get_layer("c").kernel.numpy(), full.get_layer("b").kernel.numpy())
    return not wrong, "layer c holds the weights of layer b" if wrong else (error or "layer c holds its own")


def ours_weights_by_position():
    """11, ours: the optimizer's state is checked against the variables it is for, and refused."""
    full, less = _stack(["a", "b", "c"]), _stack(["a", "c"])
    for made in (full, less):
        group_optimizer(made, [[layer] for layer in reversed(made.layers[1:])])
    with tempfile.TemporaryDirectory() as folder:
        full.save_weights(path := os.path.join(folder, "full.weights.h5"))
        error = error_of(lambda: less.load_weights(path))
    return error is not None, error or "loaded by position"


def _late_steps(make):
    """How far a group's first eight steps lead after 5000 of the others, relative to those of a fresh Adam."""
    rng = np.random.default_rng(1)
    start, pulls = rng.normal(size=20).astype("float32"), rng.normal(size=(8, 20)).astype("float32")
    distances = []
    for optimizer, late in (make(start), (keras.optimizers.Adam(1e-2), keras.Variable(start))):
        for pull in pulls:
            optimizer.apply([keras.ops.convert_to_tensor(pull)], [late])
        distances.append(np.abs(late.numpy() - start).mean())
    return distances[0] / distances[1]


def stock_late_group():
    """12, Keras: a group that starts late under Adam."""

    def make(start):
        early, late = keras.Variable(start), keras.Variable(start)
        optimizer = keras.optimizers.Adam(1e-2)
        optimizer.build([early, late])
        optimizer._iterations.assign(5000)
        return optimizer, late

    ratio = _late_steps(make)
    return abs(ratio - 1) < 1e-5, f"first steps {ratio:.2f} times those of a fresh optimizer"


def ours_late_group():
    """12, ours."""

    def make(start):
        early, late = keras.Variable(start), keras.Variable(start)
        optimizer = Grouped(keras.optimizers.Adam(1e-2), [[early], [late]])
        optimizer.build([early, late])
        optimizer._iterations.assign(5000)
        return optimizer, late

    ratio = _late_steps(make)
    return abs(ratio - 1) < 1e-5, f"first steps {ratio:.2f} times those of a fresh optimizer"


def stock_resume():
    """13, Keras: build the model anew, restore it in the later phase with `BackupAndRestore`."""
    with tempfile.TemporaryDirectory() as folder:
        made = model(frozen=False)
        error_of(lambda: fit(made, keras.callbacks.BackupAndRestore(folder), Stop(1), epochs=3))
        again = model()  # the script freezes the body at its beginning
        error = error_of(
            lambda: quietly(lambda: fit(again, keras.callbacks.BackupAndRestore(folder), Remember(again), epochs=3))
        )
        moved = Remember.moved
    return error is None and moved, error or f"body {'trained on' if moved else 'frozen again'}"


def ours_resume():
    """13, ours: build the model anew, put variables and the callback's state back."""
    made, first = model(), GradualUnfreeze(GROUPS, monitor="loss", patience=1, min_delta=1e9)
    fit(made, first, epochs=3)
    state, values = first.get_state(), [v.numpy() for v in (*made.variables, *made.optimizer.variables)]
    again, second = model(), GradualUnfreeze(GROUPS, monitor="loss", patience=1, min_delta=1e9)

    class Restore(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for variable, value in zip((*again.variables, *again.optimizer.variables), values, strict=True):
                variable.assign(value)
            second.set_state(state)

    fit(again, second, Restore(), Remember(again), epochs=4, first=3)
    return Remember.moved, f"body {'trained on' if Remember.moved else 'frozen again'}"


def stock_two_phases():
    """14, Keras: a fit for each phase, killed in the last epoch of the second and run again."""
    with tempfile.TemporaryDirectory() as folder:

        def script(*stop):
            made, count = model(), Count()
            fit(made, keras.callbacks.BackupAndRestore(folder), count, epochs=4)
            open_body(made)
            made.compile(keras.optimizers.Adam(1e-2), "mse")
            fit(made, keras.callbacks.BackupAndRestore(folder), count, *stop, epochs=4)
            return count

        error_of(lambda: script(Stop(3)))
        counts = []
        error = error_of(lambda: quietly(lambda: counts.append(script())))
    return _only_the_last(counts[0]) if error is None else (False, error)


def ours_two_phases():
    """14, ours: one fit, taken up in the last epoch of the second phase."""
    made, first = model(), GradualUnfreeze(GROUPS, at=[4])
    fit(made, first, epochs=7)
    again, second, count = model(), GradualUnfreeze(GROUPS, at=[4]), Count()
    second.set_state(first.get_state())
    fit(again, second, count, epochs=8, first=7)
    return _only_the_last(count)


def _only_the_last(count):
    right = (count.frozen, count.open) == (0, 1)
    return right, f"{count.frozen} frozen and {count.open} open epochs run, 0 and 1 were left"


TRAPS = {
    "unfreeze without compiling again": (stock_unfreeze_without_compiling, ours_unfreeze_without_compiling),
    "force a retrace after unfreezing": (stock_forced_retrace, ours_forced_retrace),
    "compile again for the next phase": (stock_recompile, ours_recompile),
    "switch phases in a callback": (stock_compile_in_callback, ours_compile_in_callback),
    "freeze after training": (stock_freeze_after_compiling, ours_freeze_after_compiling),
    "optimizer built on everything first": (stock_build_first, ours_build_first),
    "moving averages, part frozen": (stock_averages, ours_averages),
    "checkpoint of an earlier phase": (stock_checkpoint_of_an_earlier_phase, ours_checkpoint_of_an_earlier_phase),
    "open a parent above a frozen child": (stock_parent_already_trainable, ours_parent_already_trainable),
    "thaw a layer with LoRA": (stock_lora, ours_lora),
    "load weights after removing a layer": (stock_weights_by_position, ours_weights_by_position),
    "unfreeze late under Adam": (stock_late_group, ours_late_group),
    "resume in a later phase": (stock_resume, ours_resume),
    "resume a run of two phases": (stock_two_phases, ours_two_phases),
}


def main():
    """Print the table."""
    print(f"| | situation | Keras {keras.__version__} | keras_transfer |\n|---|---|---|---|")
    for number, (title, pair) in enumerate(TRAPS.items(), 1):
        cells = [f"{'right' if right else '**wrong**'}: {text}" for right, text in (run() for run in pair)]
        print(f"| {number} | {title} | {cells[0]} | {cells[1]} |".replace("\n", " "))


if __name__ == "__main__":
    main()
