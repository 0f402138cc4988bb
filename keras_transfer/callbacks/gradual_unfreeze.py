"""Let a model's layers train group by group, from the head down."""

import math
import warnings

import keras

from keras_transfer.callbacks.unfreeze_plan import Plateau, check_times, read_plan, write_plan
from keras_transfer.optimizers import Grouped, group_optimizer
from keras_transfer.transfer.layer_groups import layer_groups
from keras_transfer.transfer.set_trainable import own_variables, set_trainable
from keras_transfer.transfer.weighted_layers import weighted_layers


class GradualUnfreeze(keras.callbacks.Callback):
    """Train the head first, then unfreeze the layers below it, group by group, within one `fit`.

    A fresh head sends random gradients down; layers that are frozen until it has learnt keep what pretraining gave them. Lower
    layers train at lower rates, each group's divided by `rate_decay` of the one above.

    Compile with any optimizer; the callback puts it behind `optimizers.Grouped`. So a late group starts as under a fresh
    optimizer, the state of the others is kept, and saved models and checkpoints hold all of it. Frozen layers cost no gradient.
    A model that is trained further with the same optimizer goes on in the phase it had reached; `compile` it again to start
    over. Weights under LoRA stay frozen throughout.

    Every epoch's logs tell `unfreeze/phase` (the index of the last group that trains), `unfreeze/trainable_parameters` and
    each group's learning rate at the end of the epoch, `unfreeze/rate_0` and so on, 0 while it is frozen.

    Args:
        groups: Lists of layers or of name patterns, one for each group, the head first: what `transfer.layer_groups` takes or
            gives. None: with `at` or `at_steps` the head and as many parts of equal depth as there are starts, else the
            backbone's own stages.
        at: Epochs, counted from 0, from which the second group trains, the third, and so on. Fewer than groups: the rest stay
            frozen.
        at_steps: The same in training steps (batches). Within `steps_per_execution` steps a group starts with the first.
        monitor: Unfreeze the next group when this metric, such as `"val_loss"`, has not improved for `patience` epochs.
        patience: Epochs, `>= 1`; counted anew, with a new best value, after each unfreezing.
        min_delta: Smallest change that is an improvement.
        mode: `"min"`, `"max"` or `"auto"`, which takes names like accuracy for metrics to maximise.
        rate_decay: What each group's learning rate is divided by relative to the group above it: 2.6 in ULMFiT, 1.0 for none.
            None: leave the multipliers of a `Grouped` optimizer that the model was compiled with.
        rates: Multipliers themselves, one for each group, in place of `rate_decay`.
        freeze_batch_norm: Keep batch norms below the head frozen for good: they use the pretrained statistics, which a few
            labelled batches would spoil. False: they thaw with their group; frozen ones keep their statistics in any case.
        verbose: 1 prints a line when a group starts.

    Raises:
        ValueError: if not exactly one of `at`, `at_steps` and `monitor` is given, or the groups do not fit the model.

    Example:
        >>> model.compile(keras.optimizers.AdamW(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> unfreeze = keras_transfer.callbacks.GradualUnfreeze(["head", "stage[34]*", "*"], at=[2, 4])
        >>> model.fit(train, validation_data=validation, epochs=8, callbacks=[unfreeze])

    Reference: [Howard and Ruder, 2018](https://arxiv.org/abs/1801.06146)
    """

    def __init__(
        self,
        groups=None,
        at=None,
        at_steps=None,
        monitor=None,
        patience=2,
        min_delta=0.0,
        mode="auto",
        rate_decay=2.6,
        rates=None,
        freeze_batch_norm=True,
        verbose=0,
    ):
        super().__init__()
        if sum(argument is not None for argument in (at, at_steps, monitor)) != 1:
            raise ValueError(
                "Give exactly one of `at` (epochs), `at_steps` and `monitor`. "
                f"Received: at={at}, at_steps={at_steps}, monitor={monitor!r}"
            )
        if rates is None and rate_decay is not None and rate_decay <= 0:
            raise ValueError(f"`rate_decay` must be > 0. Received: rate_decay={rate_decay}")
        self.groups, self.rate_decay, self.rates = groups, rate_decay, rates
        self.freeze_batch_norm, self.verbose = freeze_batch_norm, verbose
        self.at = None if at is None else check_times("at", at)
        self.at_steps = None if at_steps is None else check_times("at_steps", at_steps)
        self.plateau = None if monitor is None else Plateau(monitor, patience, min_delta, mode)
        self.phase = self._step = 0
        self._restored = False
        self._layers = self._optimizer = None
        self._functions = {}

    # Getting hold of the model

    def set_model(self, model):
        """Make the optimizer ready for all groups, before anything is restored into it."""
        if model is not self._model:
            self._layers, self._optimizer, self._functions = None, None, {}
        super().set_model(model)
        if model is not None and getattr(model, "optimizer", None) is not None and model.built:
            self._attach()

    def _attach(self):
        before = _grouped(self.model)
        if before is not None and before is self._optimizer:
            return
        if self._layers is None:
            self._layers = self._resolve(self.model)
        variables = [self._variables(index, layers) for index, layers in enumerate(self._planned(self._layers))]
        self._optimizer = group_optimizer(self.model, variables, self._multipliers(len(variables)))
        if not self._restored:
            self.phase = self._step = 0
            if self.plateau is not None:
                self.plateau.restart()
        if before is not None:
            # A reloaded model: what had been unfrozen stays so.
            clocks = self._optimizer.clocks
            trained = [i for i, group in enumerate(variables) if clocks[i] and any(v.trainable for v in group)]
            self.phase, self._step = max([self.phase, *trained]), max([self._step, *clocks])

    def _variables(self, index, layers):
        found = [v for layer in layers if not self._stays(layer, index) for v in own_variables(layer)]
        if not found:
            advice = ", or set `freeze_batch_norm=False`" if self.freeze_batch_norm else ""
            raise ValueError(
                f"Group {index} of GradualUnfreeze has nothing to train: {[layer.name for layer in layers]}. Put its layers in "
                f"another group{advice}."
            )
        return found

    def _resolve(self, model):
        if self.groups is None:
            times = self.at if self.at_steps is None else self.at_steps
            return layer_groups(model, depth=None if times is None else len(times) + 1)
        groups = layer_groups(model, self.groups)
        for name, times in (("at", self.at), ("at_steps", self.at_steps)):
            if times is not None and len(times) >= len(groups):
                raise ValueError(
                    f"`{name}` has {len(times)} starts, and of the {len(groups)} groups the first trains from the beginning: "
                    f"at most {len(groups) - 1}. Received: {name}={times}"
                )
        return groups

    def _planned(self, groups):
        times = self.at if self.at_steps is None else self.at_steps
        return groups if times is None else groups[: len(times) + 1]

    def _stays(self, layer, index):
        return self.freeze_batch_norm and index > 0 and isinstance(layer, keras.layers.BatchNormalization)

    def _multipliers(self, groups):
        if self.rates is not None:
            if len(self.rates) < groups:
                raise ValueError(
                    f"`rates` must have one number for each of {groups} groups. Received: rates={self.rates}"
                )
            return [float(rate) for rate in self.rates[:groups]]
        return None if self.rate_decay is None else [self.rate_decay**-index for index in range(groups)]

    # Phases

    def _training(self):
        """Indices of the groups that train in this phase."""
        return range(self.phase + 1)

    def _last_phase(self):
        return len(self._planned(self._layers)) - 1

    def _apply(self):
        """Set flags and train function for the phase."""
        layers = [layer for index in self._training() for layer in self._layers[index]]
        frozen = [layer for group in self._layers[1:] for layer in group] if self.freeze_batch_norm else ()
        set_trainable(self.model, layers, freeze_batch_norm=frozen)
        model = self.model
        if model.train_function is not None and model.train_function not in self._functions.values():
            self._functions = {}  # compiled anew since
        key = (*(v.trainable for v in model.variables), *(layer.trainable for layer in weighted_layers(model).values()))
        if key not in self._functions:
            model.make_train_function(force=True)
            self._functions[key] = model.train_function
        # The traces of earlier phases stay usable: coming back to one costs nothing.
        model.train_function = self._functions[key]

    def _advance(self, due, when):
        due = min(due, self._last_phase())
        if due <= self.phase:
            return
        before, self.phase = set(self._training()), due
        if self.plateau is not None:
            self.plateau.restart()
        self._apply()
        for index in sorted(set(self._training()) - before) if self.verbose else ():
            print(
                f"{when}: group {index} trains from now on ({', '.join(_shortest_names(self.model, self._layers[index]))})"
            )

    def on_train_begin(self, logs=None):
        """Freeze what is not due yet."""
        self._attach()
        self._restored = False
        self._optimizer.start_averages()
        self._apply()

    def on_epoch_begin(self, epoch, logs=None):
        """Unfreeze what is due with this epoch."""
        if self.at is not None:
            self._advance(sum(epoch >= start for start in self.at), f"Epoch {epoch + 1}")
        elif self.plateau is not None and self.plateau.reached:
            self._advance(self.phase + 1, f"Epoch {epoch + 1}")

    def on_train_batch_begin(self, batch, logs=None):
        """Unfreeze what is due within the steps that come now."""
        self._first = batch
        if self.at_steps is not None:
            coming = self._step + self.model.steps_per_execution
            self._advance(sum(start < coming for start in self.at_steps), f"Step {self._step}")

    def on_train_batch_end(self, batch, logs=None):
        """Count steps."""
        # The last execution of an epoch may be shorter than Keras says.
        steps = (self.params or {}).get("steps")
        self._step += (batch if steps is None else min(batch, steps - 1)) - self._first + 1

    def on_epoch_end(self, epoch, logs=None):
        """Watch the metric; add to the logs what trained at which rate."""
        logs = {} if logs is None else logs
        if self.plateau is not None and self.phase < len(self._layers) - 1:
            self._watch(logs)
        logs["unfreeze/phase"] = self.phase
        logs["unfreeze/trainable_parameters"] = sum(math.prod(v.shape) for v in self.model.trainable_variables)
        for index, rate in enumerate(self._optimizer.rates):
            logs[f"unfreeze/rate_{index}"] = rate if index in self._training() else 0.0

    def _watch(self, logs):
        value = logs.get(self.plateau.monitor)
        if value is not None:
            self.plateau.see(float(value))
            return
        message = (
            f"GradualUnfreeze waits for `{self.plateau.monitor}`, which is not in the logs. There are: {sorted(logs)}"
        )
        if not self.plateau.monitor.startswith("val_"):
            raise ValueError(message)
        warnings.warn(message + ". Is there validation data in every epoch?", stacklevel=2)

    # State

    def get_state(self):
        """What `Resume` saves: the phase, the count of steps, and how long the metric has waited."""
        state = {"phase": self.phase, "step": self._step}
        if self.plateau is not None:
            state |= {"best": self.plateau.best, "wait": self.plateau.wait}
        return state

    def set_state(self, state):
        """Go on where `get_state` was called: flags and train function are set at once if there is a model."""
        self.phase, self._step, self._restored = int(state["phase"]), int(state["step"]), True
        if self.plateau is not None:
            self.plateau.best, self.plateau.wait = state["best"], int(state["wait"])
        if self._layers is not None:
            self._apply()

    # YAML

    def to_yaml(self, path=None, model=None):
        """Write the schedule, all layers by name, to be read and changed by people.

        Args:
            path: File to write. None: write none.
            model: Built model, if the callback has not been fitted with yet.

        Returns:
            The YAML text.
        """
        model = model or self.model
        if model is None:
            raise ValueError("`to_yaml` needs the `model` whose layers it is to name.")
        groups = self._layers if self._layers is not None and model is self.model else self._resolve(model)
        names = [_shortest_names(model, layers) for layers in groups]
        multipliers = self._multipliers(len(groups))
        text = write_plan(names, multipliers, self.freeze_batch_norm, self.at, self.at_steps, self.plateau)
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return text

    @classmethod
    def from_yaml(cls, path, **options):
        """Make the callback that a YAML file describes.

        Args:
            path: File that `to_yaml` or a person wrote.
            **options: Further arguments, such as `verbose`.
        """
        return cls(**read_plan(path), **options)


def _grouped(model):
    optimizer = model.optimizer
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    return optimizer if isinstance(optimizer, Grouped) else None


def _shortest_names(model, layers):
    """Paths of layers, or of a layer above several of them if all beneath it are meant."""
    chosen = {id(layer) for layer in layers}
    paths = weighted_layers(model)
    wanted = [path for path, layer in paths.items() if id(layer) in chosen]
    others = [path for path, layer in paths.items() if id(layer) not in chosen]
    names = []
    for path in wanted:
        parts = path.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        whole = next((name for name in above if not any(other.startswith(name + "/") for other in others)), path)
        if whole not in names:
            names.append(whole)
    return names
