"""Which module carries the target's noise: exact Shapley values over exchanged skips (docs/THEORY.md, section 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial
from typing import Any

import numpy as np

from .arrays import Image, InputError
from .model import TOLERANCE, Model

MOST = 8
ELSEWHERE = "elsewhere"


class _Skips:
    """Pre-hooks that record the skip of each named module, or replace it by what the exchanged run had there."""

    def __init__(self, skips: Mapping[str, Any]) -> None:
        self.own: dict[str, list[Any]] = {}
        self.exchanged: dict[str, list[Any]] = {}
        self._recording: dict[str, list[Any]] | None = None
        self._replaced: set[str] = set()
        self._calls: dict[str, int] = {}
        self._handles = [self._hook(name, value) for name, value in skips.items()]

    def _hook(self, name: str, value: Any) -> Any:
        module, position = value if isinstance(value, tuple) else (value, None)

        def hook(_: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
            if position is None and len(inputs) != 1:
                raise InputError(f"The module {name!r} has {len(inputs)} inputs: say which is the skip, {name!r}: (module, 1).")
            place = position or 0
            if not 0 <= place < len(inputs):
                raise InputError(f"The module {name!r} has no positional input {place}, only {len(inputs)}.")
            if self._recording is not None:
                self._recording.setdefault(name, []).append(inputs[place])
                return inputs
            call = self._calls.get(name, 0)
            self._calls[name] = call + 1
            own = self.own[name][call]
            if not float((inputs[place] - own).abs().max()) <= TOLERANCE * float(own.abs().max()):
                raise InputError(f"The input of {name!r} also holds what other skips carry: name the place of the skip alone.")
            skip = self.exchanged[name][call] if name in self._replaced else inputs[place]
            return (*inputs[:place], skip, *inputs[place + 1 :])

        return module.register_forward_pre_hook(hook)

    def record(self, model: Model, source: Image, target: Image) -> tuple[Image, dict[str, list[Any]]]:
        """Return the output in Float64, and the skips of each call."""
        recorded: dict[str, list[Any]] = {}
        self._recording = recorded
        output = model([source], [target])[0].astype(np.float64)
        self._recording = None
        return output, recorded

    def replace(self, model: Model, source: Image, target: Image, names: set[str]) -> Image:
        """Return the output in Float64 with the skips of these modules exchanged."""
        self._replaced, self._calls = names, {}
        return model([source], [target])[0].astype(np.float64)

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
        Up to 8 modules whose only input, or positional input of that number, is a skip: features that no other skip feeds.
    sources, targets, others : sequence of ndarray
        x_b, x_a and another capture of the target, of one shape or several.

    Raises
    ------
    InputError
        For no or too many modules, one that is not called, one of several inputs without a number, and an input that changes
        with another skip.
    """
    names = list(skips)
    if not 1 <= len(names) <= MOST or ELSEWHERE in names:
        raise InputError(f"skips names {len(names)} modules; 1 to {MOST} are expected, none called {ELSEWHERE!r}.")
    game, full, power = np.zeros(2 ** len(names)), 0.0, 0.0
    hooks = _Skips(skips)
    try:
        for source, target, other in zip(sources, targets, others, strict=True):
            noise = target.astype(np.float64) - other
            before, hooks.own = hooks.record(model, source, target)
            after, hooks.exchanged = hooks.record(model, source, other)
            if idle := [name for name in names if name not in hooks.own]:
                raise InputError(f"The module {idle[0]!r} of skips is not called by the model.")
            full += float(np.vdot(noise, before - after).real)
            power += float(np.vdot(noise, noise).real)
            for members in range(1, len(game)):
                mixed = hooks.replace(model, source, target, {n for k, n in enumerate(names) if members >> k & 1})
                game[members] += float(np.vdot(noise, before - mixed).real)
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
