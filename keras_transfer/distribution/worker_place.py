"""Which of a strategy's processes this one is."""


def worker_place(strategy):
    """Number of this process among the workers of a strategy's cluster, the chief first; 0 where it is alone.

    None for a process that is no worker, such as an evaluator.
    """
    resolver = getattr(strategy, "cluster_resolver", None)
    jobs = resolver.cluster_spec().as_dict() if resolver is not None else {}
    if not jobs:
        return 0
    places = [(job, index) for job in ("chief", "worker") for index in range(len(jobs.get(job, ())))]
    own = resolver.task_type, resolver.task_id
    return places.index(own) if own in places else None
