"""Models of PyTorch, which is imported only where a model of it is given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .arrays import Image, InputError, is_tensor, to_numpy

VECTORS = 4  # random vectors of each image


def is_module(predict: object) -> bool:
    """Return whether this is a `torch.nn.Module`."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(predict, torch.nn.Module)


def tensor(image: Image, like: Any) -> Any:
    """Return a tensor on a device, or on the device and of the type of a tensor; complex numbers stay complex."""
    import torch

    made = torch.from_numpy(np.ascontiguousarray(image))
    if not is_tensor(like):
        return made.to(like)
    return made.to(like.device) if made.is_complex() or not like.is_floating_point() else made.to(like.device, like.dtype)


@contextmanager
def evaluating(module: Any) -> Iterator[Callable[[Image, Image | None], Image]]:
    """Give the module as a function of arrays ``[N, ...]``, in evaluation mode and without gradients.

    Every submodule is afterwards in the mode that it was in.
    """
    import torch

    modes = [(part, part.training) for part in module.modules()]
    module.eval()

    def function(source: Image, target: Image | None) -> Image:
        output = module(*(tensor(x, _like(module)) for x in (source, target) if x is not None))
        if not is_tensor(output):
            raise InputError(f"The module returns a {type(output).__name__}; one tensor of images is expected.")
        return to_numpy(output)

    try:
        with torch.no_grad():
            yield function
    finally:
        for part, mode in modes:
            part.training = mode


def target_path(module: Any, inputs: Sequence[tuple[Image, Image]], seed: int) -> bool:
    """Return whether the derivative of the output with respect to the target is anything but exactly 0.

    Vector-Jacobian products with `VECTORS` Gaussian vectors v for each image: ∂⟨v, f⟩/∂x_a. A quantiser or a detached
    path transmits noise with a derivative of 0, so ``False`` alone does not exclude a leak; an exchange does.

    Parameters
    ----------
    inputs : sequence of (ndarray, ndarray)
        Sources and targets as the module takes them.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    for source, target in inputs:
        x = tensor(target, _like(module)).requires_grad_()
        with torch.enable_grad():
            f = module(tensor(source, _like(module)), x)
        if not f.requires_grad:
            continue
        for _ in range(VECTORS):
            v = torch.randn(f.shape, generator=generator).to(f)
            (gradient,) = torch.autograd.grad(f, x, v, retain_graph=True, allow_unused=True)
            if gradient is not None and bool((gradient != 0).any()):
                return True
    return False


def _like(module: Any) -> Any:
    import torch

    return next((p for p in [*module.parameters(), *module.buffers()] if p.is_floating_point()), torch.empty(0))
