"""One function over many items: in this process, in several, or on a Ray cluster."""

import importlib.util
import json
import multiprocessing
import multiprocessing.connection
import os
import threading
from concurrent.futures import ProcessPoolExecutor

PLACES = ("processes", "ray")


def parallel_map(function, items, on="processes", processes=None):
    """Yield `function(item)` for each item, in their order, however many work at it.

    Args:
        function: A function of a module, or a `functools.partial` of one: processes find it by its name.
        items: A list of what JSON can hold; results must be such as well.
        on: `"processes"` of this machine, or `"ray"`: Ray Data, on the cluster that RAY_ADDRESS names or this process is
            connected to, or else on this machine. All machines must see the same files at the same paths.
        processes: How many at once; 1 stays in this process. Default: one a core; on Ray what the cluster has.

    Raises:
        ValueError: if `on` is neither.
        ImportError: if `ray` is asked for and not installed.
    """
    if on not in PLACES:
        raise ValueError(f"`on` must be one of {', '.join(PLACES)}. Received: on={on!r}")
    if on == "ray":
        return _on_ray(function, items, processes)
    return _in_processes(function, items, processes or os.cpu_count() or 1)


def _in_processes(function, items, processes):
    processes = min(processes, len(items))
    if processes <= 1:
        yield from map(function, items)
        return
    # Not forks of this process, which may have begun to compute, but of one that has imported the package and done nothing.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["keras_transfer.data"])
    with ProcessPoolExecutor(processes, context, initializer=_end_with_parent) as pool:
        try:
            yield from pool.map(function, items)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_parent():
    def watch():
        multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _on_ray(function, items, processes):
    if importlib.util.find_spec("ray") is None:
        raise ImportError("Ray is not installed. Run: pip install 'keras_transfer[ray]', or leave out `on`.")
    import ray

    began = not ray.is_initialized()
    if began:
        ray.init(num_cpus=None if os.environ.get("RAY_ADDRESS") else processes, log_to_driver=False)
    try:
        rows = [{"place": place, "item": json.dumps(item)} for place, item in enumerate(items)]
        rows = ray.data.from_items(rows, override_num_blocks=max(1, len(items)))
        done = rows.map(lambda row: {"place": row["place"], "result": json.dumps(function(json.loads(row["item"])))})
        results = {row["place"]: json.loads(row["result"]) for row in done.iter_rows()}
    finally:
        if began:
            ray.shutdown()
    yield from (results[place] for place in range(len(items)))
