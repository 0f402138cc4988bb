"""The files with which a project runs on several hosts, as part of the project."""

import re

from keras_transfer.cli.cluster_files import cluster_files
from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_names import shown

FOLDER = "cluster"
_ANSWER = re.compile(r"([1-9]\d{0,3})(?:x(\d{1,2}))?")


def project_cluster_files(name, answer, stage):
    """Files for several hosts from one answer.

    Args:
        name: The project's name.
        answer: `"4"`: four hosts; `"4x8"`: with eight GPUs each; `"1"`: none.
        stage: The script that trains.

    Returns:
        A dict as `scaffold_render.render` makes it, empty for one host.

    Raises:
        Refused: if the answer is none.
    """
    found = _ANSWER.fullmatch(str(answer))
    if found is None:
        raise Refused(f"{FOLDER}: expected hosts, or hosts and GPUs as in 4x8. Received: {shown(str(answer))}")
    hosts, gpus = int(found[1]), int(found[2] or 0)
    if hosts == 1:
        return {}
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    label = (label if label[:1].isalpha() else f"run-{label}")[:50].strip("-")
    # All workers start again when one has failed, with the command that it was started with: it must go on then.
    command = ["python", stage, "--resume", "--set", "run.strategy=multi_worker"]
    here = cluster_files(label, command, hosts, gpus, f"{label}:latest")
    # A container keeps nothing but what is on the claim.
    there = cluster_files(label, [*command, "--set", "run.dir=/runs"], hosts, gpus, f"{label}:latest")
    texts = {file: (there if file.endswith(".yaml") else here)[file] for file in here}
    return {f"{FOLDER}/{file}": (text.encode(), file.endswith(".sh")) for file, text in texts.items()}
