"""`keras-transfer cluster`."""

from pathlib import Path

import click

from keras_transfer.cli.refused import Refused


@click.command(
    short_help="Write files that run a training command on several hosts.",
    context_settings={"allow_interspersed_args": False},
)
@click.option("--workers", type=click.IntRange(1), required=True, metavar="N", help="Hosts, one worker each.")
@click.option(
    "--gpus", type=click.IntRange(0), default=0, show_default=True, metavar="N", help="GPUs of each host; 0: CPUs."
)
@click.option("--name", default="pretrain", show_default=True, metavar="NAME", help="Name of the job.")
@click.option("--image", default="python:3.11", show_default=True, metavar="IMAGE", help="Container with the project.")
@click.option(
    "--max-restarts",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    metavar="K",
    help="How often all workers may be started again.",
)
@click.option(
    "--dir", "directory", default="cluster", show_default=True, metavar="DIR", help="Where the files go; must be new."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def cluster(command, workers, gpus, name, image, max_restarts, directory):
    """Write files that run COMMAND on several hosts, for example

        keras-transfer cluster --workers 4 --gpus 8 -- python pretrain.py

    They are a shell script to start workers by hand, a batch file for SLURM, a job for Kubernetes and one for Kubeflow. Each
    says in its first lines how it is used.
    """
    from keras_transfer.cli.cluster_files import cluster_files

    folder = Path(directory)
    try:
        files = cluster_files(name, command, workers, gpus, image, max_restarts)
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise Refused(f"{folder}: is there already; choose another with --dir") from error
    except ValueError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(str(error), exit_code=1) from error
    for file in files:
        click.echo(folder / file)
