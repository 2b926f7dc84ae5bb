"""Are these pairs fit for Noise2Noise? Writes what a loader yields, and lets the program look at it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from . import program
from .arrays import FIELDS, InputError, Pair, collect, file_layout
from .report import Report
from .result import Result

FOLDERS = {
    "target": "a",
    "source": "b",
    "clean": "clean_a",
    "clean_source": "clean_b",
    "repeat": "a2",
    "repeat_source": "b2",
}


def audit(
    pairs: Iterable[Any],
    b: Iterable[Any] | None = None,
    *,
    n: int = 200,
    axes: str | None = None,
    same_content: bool = False,
    seed: int = 0,
    out: str | Path | None = None,
) -> Result:
    """Say whether pairs of noisy images are fit for Noise2Noise, before anyone trains.

    Parameters
    ----------
    pairs : iterable
        What a loader yields: pairs as for `leak_test`, or batches of them; or, with `b`, the images of a, the targets.
    b : iterable, optional
        The images of b, the sources, in the order of a.
    n : int
        Pairs that are looked at, the first ones.
    axes : str, optional
        Layout of every array, as for `leak_test`; ``"NCHW"`` for batches of a PyTorch `DataLoader`.
    same_content : bool
        a and b show one content in one contrast: their difference is noise, and a clean image is that of both.
    out : path, optional
        Directory of the report.

    Returns
    -------
    Result
        ``verdict`` is ``fail`` where the data are unfit, else ``pass``; ``headline`` says which row decides.
    """
    if b is not None:
        a, b = list(pairs), list(b)
        if len(a) != len(b):
            raise InputError(f"a has {len(a)} images and b {len(b)}; a pair is one of each.")
        pairs = zip(b, a, strict=True)
    program.find()  # before anything is loaded
    items = collect(pairs, axes, most=n)
    with tempfile.TemporaryDirectory(prefix="n2n-analyze-") as images:
        _write(items.items, items.axes, Path(images), same_content)
        flags = ["--same-content"] if same_content else []
        return Report(out).written("audit", images, *flags, seed=seed)


def _write(pairs: list[Pair], axes: str, folder: Path, same_content: bool) -> None:
    """Write the images that every pair has: a clean image or a repeat needs that of both domains."""
    known = {f for f in FIELDS if all(getattr(pair, f) is not None for pair in pairs)}
    if same_content and "clean" in known:
        known.add("clean_source")
    for first, second in [("clean", "clean_source"), ("repeat", "repeat_source")]:
        if len(known & {first, second}) == 1:
            warnings.warn(f"{first} or {second} alone is not used: the audit needs both.", stacklevel=3)
            known -= {first, second}
    for key in known:
        (folder / FOLDERS[key]).mkdir()
    for place, pair in enumerate(pairs):
        for key in known:
            image = getattr(pair, key)
            if image is None:
                image = pair.clean
            if image is None:
                raise InputError(f"Pair {pair.id} has no {key}.")
            np.save(folder / FOLDERS[key] / f"{place:05d}.npy", file_layout(image, axes))
