"""The exchange: the model run again with the target's noise replaced, everything else fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arrays import Image, InputError, Pair, to_numpy

Redraw = Callable[[np.random.Generator, Pair], Any]


def exchanged(pairs: Sequence[Pair], redraw: Redraw | None, seed: int) -> list[Image | None]:
    """Return another capture of each target: what `redraw` draws, or else the recorded repeat, or ``None``.

    The draw of a pair depends on `seed` and its place alone, so every model of a comparison gets the same.

    Raises
    ------
    InputError
        For a capture of another shape than its target, or equal to it.
    """
    found: list[Image | None] = []
    for place, pair in enumerate(pairs):
        image = pair.repeat if redraw is None else to_numpy(redraw(np.random.default_rng([seed, place]), pair))
        if image is not None and image.shape != pair.target.shape:
            raise InputError(f"redraw made shape {image.shape} for pair {pair.id}, whose target has {pair.target.shape}.")
        if image is not None and np.array_equal(image, pair.target):
            raise InputError(f"The other capture of pair {pair.id} equals its target; its noise must be independent.")
        found.append(image)
    return found
