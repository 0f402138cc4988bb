"""Small new weights inside of layers whose own stay as they are."""

import fnmatch

import keras

from keras_transfer.layers.redirection import Redirection, redirect


class AdaptedLayer(keras.layers.Layer):
    """What `LoRA` and `Adapters` have in common: a layer or model, of any depth, with new weights at work inside of it.

    The layer's weights are frozen, and nothing of the layer itself changes: called by itself it computes what it did before, and
    is saved as before; called through this one, the layers beneath that are adapted use the new weights as well. All state is
    here, so that this layer is saved and loaded as any other.

    Batch norms that are frozen use their moving statistics.

    Subclasses define `targets()`, which gives `(path, layer)` pairs, and `adapt(path, layer)`, which makes weights and returns a
    function `(stock, *args, **kwargs)` to be called in place of the layer's `call`, which is `stock`.
    """

    nothing = "no layer that can be adapted"

    def __init__(self, layer, trained=(), **kwargs):
        # The layer within casts its inputs as it likes.
        super().__init__(autocast=False, **kwargs)
        self.layer = layer
        self.trained = [trained] if isinstance(trained, str) else list(trained)
        self.supports_masking = True
        # Plain dicts, not those that Keras and TensorFlow put in their place to look for state.
        object.__setattr__(self, "_instead", {})
        object.__setattr__(self, "_flags", {})

    def build(self, input_shape=None):
        """Make the new weights and freeze the old ones."""
        if not self.layer.built:
            self.layer.build(input_shape)
        beneath = self.beneath()
        if any(isinstance(layer, AdaptedLayer) for _, layer in beneath):
            raise ValueError(f"`layer` is adapted inside already; adapt what is within. Received: {self.layer.name!r}")
        targets = self.targets()
        if not targets:
            raise ValueError(f"`{self.layer.name}` has {self.nothing}. It has: {[path for path, _ in beneath]}")
        self._flags.update((id(variable), variable.trainable) for variable in self.layer.weights)
        for path, layer in targets:
            self._instead[id(layer)] = self.adapt(path, layer)
            redirect(layer)
        for _, layer in beneath:
            if isinstance(layer, keras.layers.BatchNormalization) and not self.stays_trained(layer):
                self._instead[id(layer)] = _frozen_batch_norm
                redirect(layer)
        self._freeze()
        self.built = True

    def call(self, inputs, **kwargs):
        """What the layer gives, with the new weights."""
        with Redirection(self._instead):
            return self.layer(inputs, **kwargs)

    def compute_mask(self, inputs, previous_mask):
        """As the layer."""
        return self.layer.compute_mask(inputs, previous_mask)

    def targets(self):
        """Which layers beneath to adapt: pairs of path and layer."""
        raise NotImplementedError

    def adapt(self, path, layer):
        """Make weights for a layer, and a function to stand in for its `call`."""
        raise NotImplementedError

    def beneath(self):
        """All layers beneath, and the layer itself, as pairs of path and layer, each once."""
        return layers_beneath(self.layer)

    def stays_trained(self, layer):
        """Whether a layer beneath trains as it did."""
        return any(
            layer is other or any(layer is below for below in other._flatten_layers())
            for path, other in self.beneath()
            if matches(path, self.trained)
        )

    @property
    def trainable(self):
        """Whether the new weights train. The old ones stay frozen in any case."""
        return keras.layers.Layer.trainable.fget(self)

    @trainable.setter
    def trainable(self, value):
        keras.layers.Layer.trainable.fset(self, value)
        if self.__dict__.get("_flags"):
            self._freeze()

    def _freeze(self):
        for _, layer in self.beneath():
            if not self.stays_trained(layer):
                # For `transfer.set_trainable`. Not the attribute's setter: Keras would take them for this layer's twice.
                object.__setattr__(layer, "base_variables", tuple(layer._trainable_variables))
                for variable in layer._trainable_variables:
                    variable.trainable = False

    def release(self):
        """Let the old weights train again if they did before.

        Returns:
            The layer within.
        """
        for _, layer in self.beneath():
            vars(layer).pop("base_variables", None)
            for variable in layer._trainable_variables:
                variable.trainable = self._flags.get(id(variable), variable.trainable)
        return self.layer

    def get_config(self):
        """Arguments of the constructor."""
        config = super().get_config()
        config.pop("autocast", None)
        return {**config, "layer": keras.saving.serialize_keras_object(self.layer), "trained": list(self.trained)}

    @classmethod
    def from_config(cls, config):
        """The layer this config is of."""
        return cls(**{**config, "layer": keras.saving.deserialize_keras_object(config["layer"])})


def layers_beneath(top):
    """A layer and all beneath it, as pairs of path and layer, each once; the path of the layer itself is empty."""
    found, seen = [], set()

    def visit(layer, path):
        if id(layer) not in seen:
            seen.add(id(layer))
            found.append(("/".join(path), layer))
            for child in layer._layers:
                visit(child, (*path, child.name))

    visit(top, ())
    return found


def matches(path, patterns):
    """Whether shell patterns mean this path, or, without a slash, the last name on it."""
    name = path.rpartition("/")[2]
    return any(fnmatch.fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns)


def weight_name(path, name):
    """A variable's name, in which Keras allows no slashes."""
    return f"{path.replace('/', '.')}.{name}".lstrip(".")


def _frozen_batch_norm(stock, inputs, training=None, mask=None):
    return stock(inputs, training=False, mask=mask)
