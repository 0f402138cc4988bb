"""Every training led through faults."""

import pathlib
import tempfile

from tests.faults.killed import campaign
from tests.faults.trainings import FINETUNINGS, adaptations, objectives


def campaigns(protect, damage, words=(), events=None, **options):
    """Lead pretraining, adaptation and fine-tuning through faults; returns `(held, injected)`.

    Args:
        protect: As for `campaign`.
        damage: As for `campaign`.
        words: Only trainings whose names hold one of these; none: all.
        events: Faults in each training; None: 3 in pretraining and adaptation, 6 in fine-tuning.
        **options: `seed`, `strict`, as for `campaign`.
    """
    held = injected = 0
    with tempfile.TemporaryDirectory() as folder:
        kinds = (("pretraining", objectives(), 3), ("adaptation", adaptations(), 3), ("finetuning", FINETUNINGS, 6))
        for name, trainings, usual in kinds:
            chosen = {key: one for key, one in trainings.items() if not words or any(word in key for word in words)}
            place = pathlib.Path(folder) / name
            place.mkdir()
            more = campaign(chosen, protect, damage, place, events or usual, **options)
            held, injected = held + more[0], injected + more[1]
    return held, injected
