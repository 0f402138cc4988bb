"""How the next token is chosen."""

import keras_nlp

from keras_transfer.generation.ending_beams import EndingBeams

SAMPLERS = {
    "greedy": lambda temperature, seed: keras_nlp.samplers.GreedySampler(),
    "random": lambda temperature, seed: keras_nlp.samplers.RandomSampler(seed=seed, temperature=temperature),
    "top_k": lambda temperature, seed: keras_nlp.samplers.TopKSampler(k=40, seed=seed, temperature=temperature),
    "top_p": lambda temperature, seed: keras_nlp.samplers.TopPSampler(p=0.9, seed=seed, temperature=temperature),
    "beam": lambda temperature, seed: EndingBeams(num_beams=5, temperature=temperature),
}


def make_sampler(sampler="top_p", temperature=1.0, seed=0):
    """One of keras-hub's samplers, by name; its beam search as `generation.EndingBeams`.

    Args:
        sampler: greedy (the likeliest token), random (by its probability), top_k (of the 40 likeliest), top_p (of the likeliest
            that have nine tenths of the probability), beam (the likeliest row of five); or a `keras_nlp.samplers.Sampler` of
            your own settings, which is returned as it is.
        temperature: Above 1 for more surprise, below for less.
        seed: Of what is drawn.

    Returns:
        A `keras_nlp.samplers.Sampler`.

    Raises:
        ValueError: if there is no such sampler, or the temperature is not above 0.

    Example:
        >>> type(keras_transfer.generation.make_sampler("beam")).__name__
        'BeamSampler'
    """
    if isinstance(sampler, keras_nlp.samplers.Sampler):
        return sampler
    if sampler not in SAMPLERS:
        raise ValueError(
            f"`sampler` must be one of {', '.join(SAMPLERS)}, or a keras_nlp.samplers.Sampler. Received: sampler={sampler!r}"
        )
    if not temperature > 0:
        raise ValueError(f"`temperature` must be above 0. Received: temperature={temperature}")
    return SAMPLERS[sampler](temperature, seed)
