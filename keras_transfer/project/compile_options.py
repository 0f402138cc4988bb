"""How the steps of a training are run, from a config."""

_JIT = {"auto": "auto", "on": True, "off": False}


def compile_options(config):
    """Arguments for `compile` from the config's section `run`.

    Args:
        config: A `Config` with `run.xla` and `run.steps_per_execution`.

    Returns:
        A dict of `jit_compile` and `steps_per_execution`.

    Example:

        objective.compile(optimizer, **compile_options(config))
    """
    return {"jit_compile": _JIT[config.run.xla], "steps_per_execution": config.run.steps_per_execution}
