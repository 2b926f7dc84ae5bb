"""Two numbers at the end of an epoch, in NumPy: λ_target and loss / noise floor (docs/THEORY.md, section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import exchange
from .arrays import Image, InputError, collect, file_layout
from .exchange import Redraw
from .model import Predict, opened

if TYPE_CHECKING:
    from lightning.pytorch import Callback

BINS, FEWEST = 32, 64


@dataclass(frozen=True)
class Epoch:
    """What `end_of_epoch` measured.

    Attributes
    ----------
    lambda_target : float
        Fraction of the target's noise in the output.
    loss_over_floor : float
        Mean squared difference from the noisy target over its noise power; below 1 on held-out pairs noise leaks.
    route : str
        The row of the report that `lambda_target` is: ``leakage.target.observed`` or ``leakage.target.swap``.
    """

    lambda_target: float
    loss_over_floor: float
    route: str


def end_of_epoch(
    predict: Predict,
    pairs: Iterable[Any],
    *,
    axes: str | None = None,
    reads_target: bool = True,
    redraw: Redraw | None = None,
    batch_size: int | None = 16,
    seed: int = 0,
) -> Epoch:
    """Measure λ_target and loss / noise floor on a handful of pairs, without the program.

    By regression on the noise where every pair has ``clean``; otherwise by an exchange of the target for its ``repeat``,
    which is 0 by construction where the target is not read. Equal to ``leakage.target.observed`` or
    ``leakage.target.swap``, and ``leakage.noise_floor``, of a report on the same pairs. Arguments as `leak_test`.

    Raises
    ------
    InputError
        If the pairs have neither all clean images nor all another capture, or no noise.
    """
    collected = collect(pairs, axes)
    items = collected.items
    sources, targets = [pair.source for pair in items], [pair.target for pair in items]
    cleans = [pair.clean for pair in items if pair.clean is not None]
    others = [x for x in exchange.exchanged(items, redraw if len(cleans) < len(items) else None, seed) if x is not None]
    by_regression = len(cleans) == len(items)
    with opened(predict, collected, reads_target, batch_size) as model:
        outputs = model(sources, targets)
        moved = model(sources, others) if not by_regression and reads_target and len(others) == len(items) else outputs
    if not by_regression and len(others) < len(items):
        raise InputError("Every pair needs a clean image, or every pair a repeat or redraw.")
    leak = power = loss = floor = 0.0
    for place, target in enumerate(targets):
        x, f = _flat(target, collected.axes), _flat(outputs[place], collected.axes)
        if by_regression:
            c = _flat(cleans[place], collected.axes)
            noise, error = centred(x - c, c), centred(f - c, c)
            fitted = 2 * _bins(c.size)
            variance = float(noise @ noise) * noise.size / max(1, noise.size - fitted)
        else:
            noise, error = x - _flat(others[place], collected.axes), f - _flat(moved[place], collected.axes)
            variance = float(noise @ noise) / 2
        leak += float(noise @ error)
        power += float(noise @ noise)
        if np.any(x != x[0]):
            loss += float((f - x) @ (f - x))
            floor += variance
    if not power > 0:
        raise InputError("The pairs have no noise.")
    return Epoch(leak / power, loss / floor, "leakage.target.observed" if by_regression else "leakage.target.swap")


def centred(values: Image, condition: Image) -> Image:
    """Return values less the straight line over the condition in each of up to 32 equally filled bins of it.

    Parameters
    ----------
    values, condition : ndarray [n]
        The condition is compared in Float32; equal ones keep their order. Bins have 64 values or more.
    """
    order, result = np.argsort(condition.astype(np.float32), kind="stable"), values.copy()
    bins = _bins(len(values))
    for k in range(bins):
        members = order[k * len(values) // bins : (k + 1) * len(values) // bins]
        middle = condition[members].mean()
        distance = condition[members] - middle
        square = distance @ distance
        slope = distance @ values[members] / square if square > 1e-12 * middle**2 * len(members) else 0.0
        result[members] -= values[members].mean() + slope * distance
    return result


def callback(pairs: Iterable[Any], *, prefix: str = "n2n", **more: Any) -> Callback:
    """Return a callback of Lightning that logs ``n2n/lambda_target`` and ``n2n/loss_over_floor`` after each validation.

    The module itself is the model. `more` are arguments of `end_of_epoch`.
    """
    from lightning.pytorch import Callback

    known = list(pairs)

    class EndOfEpoch(Callback):  # type: ignore[misc]
        def on_validation_epoch_end(self, trainer: Any, module: Any) -> None:
            found = end_of_epoch(module, known, **more)
            module.log(f"{prefix}/lambda_target", found.lambda_target)
            module.log(f"{prefix}/loss_over_floor", found.loss_over_floor)

    return EndOfEpoch()


def _bins(count: int) -> int:
    return max(1, min(BINS, count // FEWEST))


def _flat(image: Image, axes: str) -> Image:
    """Return an image as the program holds it, in Float64, the parts of complex numbers one after the other."""
    image = file_layout(image, axes)
    return (image.view(np.float32) if image.dtype.kind == "c" else image).astype(np.float64).ravel()
