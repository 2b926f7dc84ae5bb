"""Any callable as a model of NumPy arrays, run in batches and checked to be a function of its input."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import torch_door
from .arrays import Image, InputError, Pairs, to_numpy

Predict = Callable[..., Any]
Function = Callable[[Image, "Image | None"], Image]

TOLERANCE = 1e-4  # of the largest value: rounding of another batch size, as for programs (docs/your-own-model.md)


class Model:
    """A callable on images in the layout of the pairs.

    Parameters
    ----------
    function : callable
        Of arrays in that layout, with N in front unless `batch_size` is ``None``.
    reads_target : bool
        Whether it is given the target.
    batch_size : int or None
        Images that one call gets at most; ``None`` for one image without N.
    """

    def __init__(self, function: Function, reads_target: bool, batch_size: int | None) -> None:
        self.function, self.reads_target, self.batch_size = function, reads_target, batch_size

    def __call__(self, sources: Sequence[Image], targets: Sequence[Image]) -> list[Image]:
        """Return one output for each source, of the shape of its target.

        Raises
        ------
        InputError
            For outputs of another shape.
        """
        outputs: list[Image] = []
        while len(outputs) < len(sources):
            start, shape = len(outputs), sources[len(outputs)].shape
            stop = start + 1
            while stop < min(start + (self.batch_size or 1), len(sources)) and sources[stop].shape == shape:
                stop += 1
            outputs += self._batch(sources[start:stop], targets[start:stop])
        return outputs

    def _batch(self, sources: Sequence[Image], targets: Sequence[Image]) -> list[Image]:
        stack = np.stack if self.batch_size else lambda images: images[0]
        expected = stack(targets)
        output = self.function(stack(sources), expected if self.reads_target else None)
        if output.shape != expected.shape:
            raise InputError(
                f"predict made an output of shape {output.shape} for targets of shape {expected.shape}; "
                "they must be alike (batch_size=None gives predict single images)."
            )
        return list(output) if self.batch_size else [output]

    def require_repeatable(self, source: Image, target: Image, output: Image) -> None:
        """Run one image by itself again.

        Raises
        ------
        InputError
            If the output differs from `output`, made among others: drawn at random, or dependent on its batch.
        """
        again = self([source], [target])[0]
        difference = float(np.max(np.abs(again - output), initial=0))
        if not difference <= TOLERANCE * float(np.max(np.abs(output), initial=0)):
            raise InputError(
                f"predict gives another output for the same image, by up to {difference:.2g}: fix its seed, "
                "switch off dropout and batch statistics, and where it takes single images state "
                "batch_size=None."
            )


@contextmanager
def opened(predict: Predict, pairs: Pairs, reads_target: bool, batch_size: int | None) -> Iterator[Model]:
    """Give `predict` as a model; a `torch.nn.Module` is in evaluation mode inside, and as it was afterwards."""
    if batch_size is not None and batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; expected 1 or more, or None for single images.")
    _require_arguments(predict, reads_target)
    if torch_door.is_module(predict):
        with torch_door.evaluating(predict) as function:
            yield Model(function, reads_target, batch_size)
        return

    def function_of(source: Image, target: Image | None) -> Image:
        given = [source] if target is None else [source, target]
        if pairs.device is not None:
            given = [torch_door.tensor(image, pairs.device) for image in given]
        return to_numpy(predict(*given))

    yield Model(function_of, reads_target, batch_size)


def _require_arguments(predict: Predict, reads_target: bool) -> None:
    called = getattr(predict, "forward", predict) if torch_door.is_module(predict) else predict
    try:
        parameters = inspect.signature(called)
    except (TypeError, ValueError):  # built-in functions have none
        return
    try:
        parameters.bind(*["x"] * (2 if reads_target else 1))
    except TypeError:
        raise InputError(
            "reads_target is True, but predict does not take (source, target): state reads_target=False."
            if reads_target
            else "reads_target is False, but predict does not take (source) alone: state reads_target=True."
        ) from None
