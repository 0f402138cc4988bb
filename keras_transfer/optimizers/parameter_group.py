"""Variables that share a learning-rate multiplier, and the optimizer of their own that steps them."""

import keras


class ParameterGroup:
    """One group inside `Grouped`.

    A plain object on purpose: Keras takes variables and optimizers that it finds in an optimizer's attributes, lists
    included, for that optimizer's own state.
    """

    def __init__(self, index, variables):
        self.index = index
        self.variables = list(variables)
        self.optimizer = None
        self.pending = None  # micro-batches accumulated since the last update; only with gradient accumulation

    def build(self, template):
        """Give the group its own copy of `template`, without what the enclosing `Grouped` does for all groups."""
        own = type(template).from_config({**template.get_config(), "learning_rate": 0.0, "name": f"group_{self.index}"})
        own.clipnorm = own.global_clipnorm = own.clipvalue = None
        own.use_ema, own.ema_overwrite_frequency = False, None
        own.gradient_accumulation_steps = own.loss_scale_factor = None
        # Gradients reach a group already summed over replicas: one all-reduce for all groups.
        own._all_reduce_sum_gradients = list
        own.build(self.variables)
        self.optimizer = own

    def step(self, gradients, variables, learning_rate):
        """Update `variables`, some or all of the group, without advancing its clock."""
        self.optimizer._learning_rate.assign(learning_rate)
        self.optimizer._apply_weight_decay(variables)
        self.optimizer._backend_update_step(gradients, variables, self.optimizer.learning_rate)

    def tick(self, updates=1):
        """Advance the clock."""
        self.optimizer._iterations.assign_add(updates)

    @property
    def clock(self):
        """Updates so far, an integer variable."""
        return self.optimizer.iterations

    @property
    def updates(self):
        """Updates so far, an int."""
        return int(keras.ops.convert_to_numpy(self.clock))

    def replace(self, place, variable, key):
        """Let the state at `place` belong to another variable of the same shape."""
        self.variables[place] = variable
        self.optimizer._trainable_variables[place] = variable
        self.optimizer._trainable_variables_indices[key] = place
