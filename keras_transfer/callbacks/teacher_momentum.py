"""How slowly the teacher follows, epoch by epoch."""

import keras

from keras_transfer.layers.momentum_copy import MomentumCopy


class TeacherMomentum(keras.callbacks.Callback):
    """Log `teacher/momentum`, that of the next step, of a model with a `keras_transfer.layers.MomentumCopy` among its layers.

    It goes into the epoch's logs, for the callbacks that stand behind it in the list. Of several teachers the second is
    `teacher_1/momentum`, and so on. A model without a teacher logs nothing.

    Example:
        >>> momentum = keras_transfer.callbacks.TeacherMomentum()
        >>> model.fit(views, epochs=100, callbacks=[momentum, keras_transfer.callbacks.TensorBoard("logs")])
    """

    def on_epoch_end(self, epoch, logs=None):
        """Add the momentum to the logs."""
        teachers = [layer for layer in self.model.layers if isinstance(layer, MomentumCopy)]
        for index, teacher in enumerate(teachers):
            if logs is not None:
                logs[f"teacher_{index}/momentum" if index else "teacher/momentum"] = float(teacher.current_momentum())
