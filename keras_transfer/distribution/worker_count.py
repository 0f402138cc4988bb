"""How many processes a strategy joins."""


def worker_count(strategy):
    """Number of processes in the strategy's cluster; 1, or 0 if its cluster is empty, where there is this one alone."""
    resolver = getattr(strategy, "cluster_resolver", None)
    return sum(map(len, resolver.cluster_spec().as_dict().values())) if resolver is not None else 1
