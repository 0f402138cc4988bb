"""Let a model's layers train one group at a time, and then together."""

from keras_transfer.callbacks.gradual_unfreeze import GradualUnfreeze
from keras_transfer.transfer.layer_groups import layer_groups


class ChainThaw(GradualUnfreeze):
    """Train the head alone, then each group of layers alone, from the input up, then everything.

    So no layer ever learns together with others before all have had a turn, and what they learn stays close to what they knew.
    Each group has its own state of the optimizer, kept for its next turn. All else, the logs included, is as in
    `GradualUnfreeze`; `unfreeze/phase` counts the turns.

    Args:
        at: Epochs, counted from 0, from which the second turn is on, the third, and so on: as many as there are groups, since the
            last turn is everybody's. Turns that start together are skipped but for the last of them.
        groups: As in `GradualUnfreeze`. None: as many of equal depth as there are starts.
        rate_decay: What each group's learning rate is divided by relative to the group above it; 1.0 as in the paper.
        freeze_batch_norm: As in `GradualUnfreeze`.
        verbose: 1 prints a line when a group starts.

    Raises:
        ValueError: if the number of starts is not that of the groups.

    Example:
        >>> chain = keras_transfer.callbacks.ChainThaw(at=[2, 4, 6])  # head, lower half, upper half, everything
        >>> model.fit(train, epochs=10, callbacks=[chain])

    Reference: [Felbo et al., 2017](https://arxiv.org/abs/1708.00524)
    """

    def __init__(self, at, groups=None, rate_decay=1.0, freeze_batch_norm=True, verbose=0):
        super().__init__(groups, at=at, rate_decay=rate_decay, freeze_batch_norm=freeze_batch_norm, verbose=verbose)

    def _resolve(self, model):
        found = layer_groups(model, self.groups, depth=len(self.at) if self.groups is None else None)
        if len(found) != len(self.at):
            raise ValueError(
                f"`at` must have one start for each of {len(found)} groups: the head trains from the beginning, and the last "
                f"turn is everybody's. Received: at={self.at}"
            )
        return found

    def _training(self):
        groups = len(self._layers)
        if self.phase == groups:
            return range(groups)
        return [0] if self.phase == 0 else [groups - self.phase]

    def _last_phase(self):
        return len(self._layers)
