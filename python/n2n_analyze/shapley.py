"""Which module carries the target's noise: exact Shapley values over exchanged skips (docs/THEORY.md, section 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial
from typing import Any

import numpy as np

from .arrays import Image, InputError
from .model import Model

MOST = 8
ELSEWHERE = "elsewhere"


class _Skips:
    """Pre-hooks that record the skip of each named module, or replace it by what another run had there."""

    def __init__(self, skips: Mapping[str, Any]) -> None:
        self.recorded: dict[str, list[Any]] = {name: [] for name in skips}
        self.replacing: set[str] | None = None
        self._calls = dict.fromkeys(skips, 0)
        self._handles = [self._hook(name, value) for name, value in skips.items()]

    def _hook(self, name: str, value: Any) -> Any:
        module, position = value if isinstance(value, tuple) else (value, None)

        def hook(_: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
            if position is None and len(inputs) != 1:
                raise InputError(f"The module {name!r} has {len(inputs)} inputs: name the skip's place, {name!r}: (module, 1).")
            place = position or 0
            if not 0 <= place < len(inputs):
                raise InputError(f"The module {name!r} has no positional input {place}, only {len(inputs)}.")
            call = self._calls[name]
            self._calls[name] += 1
            if self.replacing is None:
                self.recorded[name].append(inputs[place])
            elif name in self.replacing:
                return (*inputs[:place], self.recorded[name][call], *inputs[place + 1 :])
            return inputs

        return module.register_forward_pre_hook(hook)

    def run(self, model: Model, sources: list[Image], targets: list[Image], replacing: set[str] | None) -> Image:
        """Return the outputs of one batch, in Float64; without `replacing` the skips are recorded."""
        self.replacing = replacing
        self._calls = dict.fromkeys(self._calls, 0)
        if replacing is None:
            self.recorded = {name: [] for name in self.recorded}
        return np.stack(model(sources, targets)).astype(np.float64)

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()


def shares(
    model: Model, skips: Mapping[str, Any], sources: Sequence[Image], targets: Sequence[Image], others: Sequence[Image]
) -> dict[str, float]:
    """Return the share of λ_target that each named module carries.

    v(S) = Σ⟨f - f_S, Δn⟩/Σ⟨Δn, Δn⟩, f_S the output with the skips in S as they are with the exchanged target and all else
    as it was; 2^k runs. ``elsewhere`` is λ_target - v(all): what reaches the output by none of them.

    Parameters
    ----------
    skips : mapping of str to module or (module, int)
        Up to 8 modules whose input, or positional input of that number, is a skip.
    sources, targets, others : sequence of ndarray
        x_b, x_a and another capture of the target, of one shape or several.

    Raises
    ------
    InputError
        For no or too many modules, one that is not called, or one of several inputs without a number.
    """
    names = list(skips)
    if not 1 <= len(names) <= MOST or ELSEWHERE in names:
        raise InputError(f"skips names {len(names)} modules; 1 to {MOST} are expected, none called {ELSEWHERE!r}.")
    game, full, power = np.zeros(2 ** len(names)), 0.0, 0.0
    hooks = _Skips(skips)
    try:
        for source, target, other in zip(sources, targets, others, strict=True):
            noise = target.astype(np.float64) - other
            before = hooks.run(model, [source], [target], set())
            full += float(np.vdot(before[0] - hooks.run(model, [source], [other], None)[0], noise).real)
            if idle := [name for name in names if not hooks.recorded[name]]:
                raise InputError(f"The module {idle[0]!r} of skips is not called by the model.")
            power += float(np.vdot(noise, noise).real)
            for members in range(1, len(game)):
                mixed = hooks.run(model, [source], [target], {n for k, n in enumerate(names) if members >> k & 1})
                game[members] += float(np.vdot(before[0] - mixed[0], noise).real)
    finally:
        hooks.remove()
    game /= power
    found = {name: float(values(game)[place]) for place, name in enumerate(names)}
    return {**found, ELSEWHERE: full / power - float(game[-1])}


def values(game: Image) -> Image:
    """Return the Shapley values of a game.

    Parameters
    ----------
    game : ndarray [2^k]
        v of every set, at the index whose bits name its players.

    Returns
    -------
    ndarray [k]
        They add up to ``game[-1] - game[0]``.
    """
    players = (len(game) - 1).bit_length()
    weights = [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    return np.array(
        [
            sum(weights[s.bit_count()] * (game[s | 1 << k] - game[s]) for s in range(len(game)) if not s >> k & 1)
            for k in range(players)
        ]
    )
