"""Any Keras optimizer, with a rate and a step count for each group of variables."""

import contextlib
import json

import keras
import tensorflow as tf
from keras import ops

from keras_transfer.optimizers import group_averages
from keras_transfer.optimizers.group_layout import describe, pair, path_of, plan_groups, restore_groups
from keras_transfer.optimizers.group_state import load_state, save_state
from keras_transfer.optimizers.parameter_group import ParameterGroup


@keras.saving.register_keras_serializable("keras_transfer")
class Grouped(keras.optimizers.Optimizer):
    """Run any Keras optimizer on groups of variables, each with its own learning-rate multiplier and its own step count.

    Every group steps exactly as it would under a fresh copy of the optimizer that starts with the group's first gradient. So
    a group that is unfrozen late gets the small, bias-corrected first steps that Adam promises; counted on the model's
    clock they would be up to 6.5 times too large. State is made for all groups at once and kept while their variables are
    frozen. The `trainable` flags alone decide what steps: a variable without a gradient stays as it is.

    Shared by all groups are the learning rate (a number, or a schedule that is evaluated on `iterations`, the count of all
    training steps; bias corrections and moving averages go by the group's clock), one all-reduce over replicas, clipping
    (after the all-reduce; the global norm is that of everything that trains), loss scaling and gradient accumulation.

    Args:
        optimizer: A `keras.optimizers.Optimizer` or its name. Not a `LossScaleOptimizer`: that one goes around this one, by
            itself when a `mixed_float16` model is compiled.
        groups: Lists of variables, or of layers whose trainable variables are meant; the head's group first. None: one
            group of whatever the optimizer is built on.
        multipliers: What the learning rate is multiplied with, one number `>= 0` for each group. None: all 1.
        name: Of the optimizer.

    Raises:
        ValueError: if a variable is in two groups, a group is empty, or `multipliers` do not fit.

    Example:
        >>> head, body = keras_transfer.transfer.layer_groups(model, depth=2)
        >>> adam = keras.optimizers.AdamW(1e-3)
        >>> model.compile(keras_transfer.optimizers.Grouped(adam, [head, body], [1.0, 0.1]), "mse")
    """

    def __init__(self, optimizer, groups=None, multipliers=None, name="grouped"):
        optimizer = _plain(keras.optimizers.get(optimizer))
        rate = optimizer._learning_rate
        super().__init__(
            learning_rate=rate if callable(rate) else float(rate.numpy()),
            weight_decay=optimizer.weight_decay,
            clipnorm=optimizer.clipnorm,
            clipvalue=optimizer.clipvalue,
            global_clipnorm=optimizer.global_clipnorm,
            use_ema=optimizer.use_ema,
            ema_momentum=optimizer.ema_momentum,
            ema_overwrite_frequency=optimizer.ema_overwrite_frequency,
            loss_scale_factor=optimizer.loss_scale_factor,
            gradient_accumulation_steps=optimizer.gradient_accumulation_steps,
            name=name,
        )
        template = type(optimizer).from_config({**optimizer.get_config(), "learning_rate": 0.0})
        # A function, not the optimizer itself: Keras would save and track that beside the groups' own.
        self._template = lambda: template
        for attribute in ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern"):
            if hasattr(optimizer, attribute):
                setattr(self, attribute, getattr(optimizer, attribute))
        self._groups = plan_groups(groups)
        self._saved_layout = None
        self._start_multipliers = None if multipliers is None else [float(value) for value in multipliers]
        if self._groups:
            self._check_multipliers()

    # Building

    def build(self, variables):
        """Make the state of all groups.

        Args:
            variables: Trainable variables of the model, all of which must be in a group. Those of the groups that are not
                listed, since they are frozen, are planned for as well.
        """
        if self.built:
            return
        variables, layout = list(variables), None
        # Keras builds outside of the strategy's scope now and then, where variables are not mirrored, or while it traces.
        inside = tf.distribute.in_cross_replica_context() or not tf.distribute.has_strategy()
        with tf.init_scope(), self._distribution_strategy.scope() if inside else contextlib.nullcontext():
            if self._saved_layout and not self._groups:
                layout = json.loads(self._saved_layout)
                self._groups, variables = restore_groups(layout, variables)
            elif not self._groups:
                self._groups = [ParameterGroup(0, variables)]
            self._check_multipliers()
            variables = self._all_planned(variables)
            super().build(variables)
            self._build_groups()
            self._set_decay(layout and layout["variables"])
            self.start_averages()

    def _all_planned(self, variables):
        """All variables of all groups, those given first; sets their order within groups as well."""
        self._group_of = {self._var_key(v): group.index for group in self._groups for v in group.variables}
        unplanned = [path_of(v) for v in variables if self._var_key(v) not in self._group_of]
        if unplanned:
            raise ValueError(f"These trainable variables are in no group: {unplanned}. Put them in one or freeze them.")
        given = {self._var_key(v) for v in variables}
        late = [v for group in self._groups for v in group.variables if self._var_key(v) not in given]
        # Where frozen variables stand among the others is not known here.
        self._ordered = not late
        for group in self._groups:
            group.variables = [v for v in variables + late if self._group_of[self._var_key(v)] == group.index]
        return variables + late

    def _build_groups(self):
        self._multipliers = self.add_variable(
            (len(self._groups),), dtype="float32", aggregation="only_first_replica", name="multipliers"
        )
        self._multipliers.assign(self._start_multipliers)
        for group in self._groups:
            group.build(self._template())
            if self.gradient_accumulation_steps:
                group.pending = self.add_variable(
                    (), dtype="float32", aggregation="only_first_replica", name=f"pending_{group.index}"
                )

    def _check_multipliers(self):
        given, groups = self._start_multipliers, len(self._groups)
        if given is None:
            self._start_multipliers = [1.0] * groups
        elif len(given) != groups or min(given) < 0:
            raise ValueError(
                f"`multipliers` must be {groups} numbers >= 0, one for each group. Received: multipliers={given}"
            )

    def _set_decay(self, rows=None):
        """Tell each group which variables weight decay skips; `rows` of a saved layout know it as well."""
        decays = [self._use_weight_decay(v.value) for v in self._trainable_variables] if rows is None else None
        skipped = {
            self._var_key(v)
            for v, decay in zip(self._trainable_variables, decays or [row["decay"] for row in rows], strict=True)
            if not decay
        }
        for group in self._groups:
            group.optimizer.exclude_from_weight_decay([v for v in group.variables if self._var_key(v) in skipped])

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Exclude variables from weight decay as any Keras optimizer does, after building too."""
        super().exclude_from_weight_decay(var_list, var_names)
        if self.built:
            self._set_decay()

    def bind(self, groups, multipliers=None):
        """Attach the state to the variables of a model, after a reload.

        `keras.models.load_model` shows an optimizer only the variables that train at that moment. The state of the others
        waits for this call, which `GradualUnfreeze` makes.

        Args:
            groups: Lists of variables or of layers, as in the constructor.
            multipliers: New ones. None: leave them.

        Raises:
            ValueError: if the groups are not those of the saved optimizer.
        """
        planned = plan_groups(groups)
        if not self.built:
            self._groups = planned
            self.multipliers = multipliers or self._start_multipliers or [1.0] * len(planned)
            return
        matched = self._match(planned)
        if matched is None:
            raise ValueError(
                "The groups are not those that the optimizer was made for. Give the same groups, or `compile` again to start "
                f"with a fresh optimizer. Made for: {_outline(self.groups)}. Received: "
                f"{_outline([group.variables for group in planned])}"
            )
        rows = self.layout["variables"]
        for group, variables in zip(self._groups, matched, strict=True):
            for place, (old, new) in enumerate(zip(group.variables, variables, strict=True)):
                if old is not new:
                    index, key = self._get_variable_index(old), self._var_key(new)
                    self._trainable_variables[index] = new
                    self._trainable_variables_indices[key] = index
                    self._group_of[key] = group.index
                    group.replace(place, new, key)
        self._set_decay(rows)
        self.multipliers = multipliers or self.multipliers

    def fits(self, groups):
        """Whether `groups` are those that the optimizer is made for, so that `bind` can attach it to them."""
        planned = plan_groups(groups)
        return not self.built or self._match(planned) is not None

    def _match(self, planned):
        if len(planned) != len(self._groups):
            return None
        matched = []
        for mine, wanted in zip(self._groups, planned, strict=True):
            mine_keys = {self._var_key(v) for v in mine.variables}
            if mine_keys == {self._var_key(v) for v in wanted.variables}:
                matched.append(mine.variables)
            else:
                rows = [describe(v, mine.index, True) for v in mine.variables]
                matched.append(pair(rows, wanted.variables))
        return None if None in matched else matched

    # What one may ask and set

    @property
    def groups(self):
        """Lists of the variables of each group."""
        return [list(group.variables) for group in self._groups]

    @property
    def clocks(self):
        """Updates of each group so far, a list of ints."""
        return [group.updates for group in self._groups] if self.built else [0] * len(self._groups)

    @property
    def multipliers(self):
        """What the learning rate is multiplied with in each group, a list of floats; may be assigned at any time."""
        if not self.built:
            return list(self._start_multipliers or [])
        return [float(value) for value in ops.convert_to_numpy(self._multipliers)]

    @multipliers.setter
    def multipliers(self, values):
        self._start_multipliers = [float(value) for value in values]
        if self._groups:
            self._check_multipliers()
        if self.built:
            self._multipliers.assign(self._start_multipliers)

    @property
    def rates(self):
        """Learning rate of each group at the current step, a list of floats."""
        rate = float(ops.convert_to_numpy(self.learning_rate))
        return [rate * multiplier for multiplier in self.multipliers]

    @property
    def variables(self):
        """All optimizer variables: the shared ones, then each group's."""
        return self._variables + [v for group in self._groups if group.optimizer for v in group.optimizer.variables]

    @property
    def layout(self):
        """Which model variable each part of the state is for: a dict that JSON can hold, None before building."""
        if not self.built:
            return json.loads(self._saved_layout) if self._saved_layout else None
        rows = []
        for variable in self._trainable_variables:
            group = self._groups[self._group_of[self._var_key(variable)]]
            rows.append(describe(variable, group.index, bool(group.optimizer._use_weight_decay(variable.value))))
        return {"ordered": self._ordered, "variables": rows}

    # One step

    def _check_variables_are_known(self, variables):
        unknown = [path_of(v) for v in variables if self._var_key(v) not in self._trainable_variables_indices]
        if unknown:
            raise ValueError(
                f"No group of this optimizer holds the trainable variables {unknown}. If the model was reloaded, call "
                "`optimizer.bind(groups)` or fit with the same `GradualUnfreeze`; else put them in a group or freeze them."
            )

    def _backend_apply_gradients(self, grads, trainable_variables):
        grads, variables = list(grads), list(trainable_variables)
        updates = 1
        if self.gradient_accumulation_steps:
            due = (self._iterations + 1) % self.gradient_accumulation_steps == 0
            self._accumulate(grads, variables, due)
            updates = ops.cast(due, self._iterations.dtype)
        else:
            self._update(grads, variables)
        for group, _, _ in self._split(grads, variables):
            if self.use_ema:
                group_averages.update(self, group)
            group.tick(updates)

    def _split(self, grads, variables):
        """Sort gradients by group: `(group, gradients, variables)` of each group that has any."""
        parts = {}
        for gradient, variable in zip(grads, variables, strict=True):
            index = self._group_of[self._var_key(variable)]
            parts.setdefault(index, ([], []))
            parts[index][0].append(gradient)
            parts[index][1].append(variable)
        return [(self._groups[index], *parts[index]) for index in sorted(parts)]

    def _update(self, grads, variables):
        """All-reduce, clip, and let each group step. Runs on each replica."""
        reduced = self._all_reduce_sum_gradients(zip(grads, [v.value for v in variables], strict=True))
        grads = self._clip_gradients([gradient for gradient, _ in reduced])
        rate = ops.cast(self.learning_rate, "float32")
        for group, some, own in self._split(grads, variables):
            group.step(some, own, rate * self._multipliers[group.index])

    def _accumulate(self, grads, variables, due):
        """Add up gradients; every so many steps let the groups step with the mean of what each has seen.

        The mean is over the micro-batches of the group itself, which may have been unfrozen in between.
        """
        for gradient, variable in zip(grads, variables, strict=True):
            slot = self._accumulated_gradients[self._get_variable_index(variable)]
            slot.assign(slot + tf.convert_to_tensor(gradient))
        for group, _, _ in self._split(grads, variables):
            group.pending.assign_add(1.0)

        def flush():
            means = []
            for variable in variables:
                pending = self._groups[self._group_of[self._var_key(variable)]].pending
                slot = self._accumulated_gradients[self._get_variable_index(variable)]
                means.append(slot / ops.cast(pending, slot.dtype))
            self._update(means, variables)
            self._backend_reset_gradient_accumulators()
            for group in self._groups:
                group.pending.assign(0.0)

        if tf.__internal__.distribute.strategy_supports_no_merge_call():
            ops.cond(due, flush, lambda: None)
        else:
            # A condition around an update must be taken across replicas: TensorFlow allows no merge inside of one.
            tf.distribute.get_replica_context().merge_call(
                lambda strategy, due: _on_all_replicas(strategy, due, flush), args=(due,)
            )

    # Moving averages

    def start_averages(self):
        """Set the moving averages of groups that have never stepped to their variables; `GradualUnfreeze` calls this."""
        group_averages.start(self, self._groups)

    def finalize_variable_values(self, var_list):
        """Set variables to their moving averages, in the groups that have stepped."""
        del var_list  # the variables that train at the end; others may have been averaged before
        group_averages.finish(self, self._groups)

    # Saving

    def set_weights(self, weights):
        """Set all `variables`, in their order.

        Raises:
            ValueError: if the number or a shape differs.
        """
        shapes, given = [tuple(v.shape) for v in self.variables], [tuple(w.shape) for w in weights]
        if shapes != given:
            raise ValueError(f"`weights` must have the shapes {shapes}. Received: {given}")
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def save_own_variables(self, store):
        """Write the state into a Keras weights store."""
        save_state(self, store)

    def load_own_variables(self, store):
        """Read the state from a Keras weights store; raises ValueError if it is that of other groups."""
        load_state(self, store)

    def get_config(self):
        """Config from which the optimizer is made again, its groups by layout."""
        inner = keras.saving.serialize_keras_object(self._template())
        inner["config"]["learning_rate"] = super().get_config()["learning_rate"]
        return {"name": self.name, "optimizer": inner, "multipliers": self.multipliers or None, "layout": self.layout}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make the optimizer of a config."""
        config = dict(config)
        layout = config.pop("layout", None)
        config["optimizer"] = keras.saving.deserialize_keras_object(config["optimizer"], custom_objects=custom_objects)
        made = cls(**config)
        # As text: TensorFlow replaces dicts and lists in attributes by wrappers, in the caller's config too.
        made._saved_layout = layout and json.dumps(layout)
        return made


def _plain(optimizer):
    if isinstance(optimizer, Grouped | keras.optimizers.LossScaleOptimizer) or hasattr(optimizer, "optimizers"):
        raise ValueError(
            "`optimizer` must be a single optimizer such as `keras.optimizers.AdamW(1e-3)`; a `LossScaleOptimizer` goes around "
            f"`Grouped`, not into it. Received: optimizer={optimizer}"
        )
    return optimizer


def _on_all_replicas(strategy, due, flush):
    def flush_each():
        strategy.extended.call_for_each_replica(flush)

    ops.cond(strategy.experimental_local_results(due)[0], flush_each, lambda: None)


def _outline(groups):
    return [[path_of(variable) for variable in group] for group in groups]
