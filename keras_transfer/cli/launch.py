"""`keras-transfer launch`."""

import functools
import shutil
import sys

import click

from keras_transfer.cli.refused import Refused


@click.command(
    short_help="Run a training command as several workers on this host.",
    context_settings={"allow_interspersed_args": False},
)
@click.option("--workers", type=click.IntRange(1), required=True, metavar="N", help="How many workers to start.")
@click.option(
    "--max-restarts",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="K",
    help="How often to start all again after one has failed.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="From SIGTERM to SIGKILL, for workers whose peer has died or that are asked to end.",
)
@click.option(
    "--stall",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Take the run for stuck, and end it as failed, when no worker has printed anything for so long.",
)
@click.option(
    "--heartbeat",
    type=click.FloatRange(0, min_open=True),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Between two lines about the workers on standard error.",
)
@click.option(
    "--gpus-per-worker",
    type=click.IntRange(0),
    metavar="N",
    help="GPUs each worker sees. Default: all of this host's, shared out evenly. 0: train on CPUs.",
)
@click.option(
    "--on",
    type=click.Choice(["here", "ray"]),
    default="here",
    show_default=True,
    help="This host, or the machines of the Ray cluster that RAY_ADDRESS names, which must see the same files.",
)
@click.option(
    "--logs", default="launch-logs", show_default=True, metavar="DIR", help="Where each worker's output goes."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def launch(command, workers, max_restarts, grace, stall, heartbeat, gpus_per_worker, on, logs):
    """Run COMMAND as several workers on this host or on a Ray cluster, for example

        keras-transfer launch --workers 2 -- python pretrain.py

    Each worker finds the others through TF_CONFIG, which `keras_transfer.distribution.strategy()` reads. What the first
    worker, the chief, prints appears here; what all print goes to a file for each in DIR.

    When a worker fails, the others would wait for it for ever: they get SIGTERM and, after the grace period, SIGKILL. Then all
    are started again, up to K times; it is the script's to resume from its last checkpoint. Ctrl-C and SIGTERM end all
    workers in the same way, without a restart.

    The exit code is that of the first worker that failed, 128 plus the number of the signal that killed it, or 0.
    """
    from keras_transfer.cli.launch_environment import share_gpus, worker_environments
    from keras_transfer.cli.launch_supervisor import Supervisor
    from keras_transfer.cli.launch_worker import Worker

    if shutil.which(command[0]) is None:
        raise Refused(f"COMMAND {command[0]!r} is no program that can be started here")
    try:
        if on == "ray":
            from keras_transfer.cli.launch_ray import RayHosts

            hosts = RayHosts(workers, gpus_per_worker)
            environments, start = hosts.environments, hosts.worker
        else:
            gpus, start = share_gpus(workers, gpus_per_worker), Worker
            environments = functools.partial(worker_environments, workers, gpus)
        supervisor = Supervisor(
            command,
            environments,
            logs,
            start=start,
            max_restarts=max_restarts,
            grace=grace,
            stall=stall,
            heartbeat=heartbeat,
        )
        code = supervisor.run()
    except (OSError, ValueError) as error:
        raise Refused(str(error)) from error
    sys.exit(code)
