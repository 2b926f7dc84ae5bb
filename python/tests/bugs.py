"""Seven classic bugs of Noise2Noise, each made from examples/train_n2n.py by one change, and the honest loader and model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
import train_n2n as n2n

Batch = dict[str, Any]
Loader = Callable[[np.random.Generator, int, int, Any], Batch]


def honest(rng: np.random.Generator, count: int, side: int, photos: Any = n2n.TRAINING) -> Batch:
    clean = n2n.crops(rng, count, side, photos)
    return {"source": n2n.noisy(rng, clean), "target": n2n.noisy(rng, clean), "clean": clean, "clean_source": clean}


def one_seed(rng: np.random.Generator, count: int, side: int, photos: Any = n2n.TRAINING) -> Batch:
    """Each image's generator is made anew from its index."""
    clean, seed = n2n.crops(rng, count, side, photos), int(rng.integers(2**31))
    first, second = (n2n.noisy(np.random.default_rng(seed), clean) for _ in range(2))
    return {"source": first, "target": second, "clean": clean, "clean_source": clean}


def neighbours(rng: np.random.Generator, count: int, side: int, photos: Any = n2n.TRAINING) -> Batch:
    """Neighbouring pixels of one noisy image are taken for two captures."""
    clean = n2n.crops(rng, count, 2 * side, photos)
    image = n2n.noisy(rng, clean)
    halves = [(x[..., ::2, ::2], x[..., ::2, 1::2]) for x in (image, clean)]
    return {"source": halves[0][0], "target": halves[0][1], "clean": halves[1][1], "clean_source": halves[1][0]}


def flips(rng: np.random.Generator, count: int, side: int, photos: Any = n2n.TRAINING) -> Batch:
    """Augmentation mirrors source and target separately."""
    pairs = honest(rng, count, side, photos)
    for keys in [("source", "clean_source"), ("target", "clean")]:
        mirrored = rng.random(count) < 0.5
        for key in keys:
            pairs[key] = np.where(mirrored[:, None, None, None], pairs[key][..., ::-1], pairs[key])
    return pairs


def average(rng: np.random.Generator, count: int, side: int, photos: Any = n2n.TRAINING) -> Batch:
    """The target is the average of four captures, of which the source is one."""
    clean = n2n.crops(rng, count, side, photos)
    captures = [n2n.noisy(rng, clean) for _ in range(4)]
    target = np.mean(captures, axis=0, dtype=np.float32)
    return {"source": captures[0], "target": target, "clean": clean, "clean_source": clean}


class TargetSkips(n2n.UNet):
    """The coarser skip comes from the target: its features are at hand, and the encoder is shared."""

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        skip0 = self.down0(source)
        deep = self.middle(functional.max_pool2d(self.down1(functional.max_pool2d(skip0, 2)), 2))
        skip1 = self.down1(functional.max_pool2d(self.down0(target), 2))
        return source - self.last(self.up0(self.up1(deep, skip1), skip0))


class TargetScale(nn.Module):
    """Both images are scaled by their own statistics, and the output back by those of the target: the extremes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = n2n.UNet(width)

    def statistics(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Offset and scale of each image, [N, 1, 1, 1]."""
        low, high = images.amin((1, 2, 3), keepdim=True), images.amax((1, 2, 3), keepdim=True)
        return low, high - low

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        (offset, scale), (own_offset, own_scale) = self.statistics(target), self.statistics(source)
        return self.net((source - own_offset) / own_scale) * scale + offset


class TargetMoments(TargetScale):
    """The same by mean and standard deviation, in which the noise of many pixels averages out."""

    def statistics(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return images.mean((1, 2, 3), keepdim=True), images.std((1, 2, 3), keepdim=True)


class GivenTarget(nn.Module):
    """For training: a model that reads its target, on source and target in two channels."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, both: Tensor) -> Tensor:
        return self.net(both[:, :1], both[:, 1:])


WIDTH, STEPS, BATCH, SIDE = 16, 300, 8, 48


def batches(loader: Loader, seed: int, steps: int = STEPS) -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(seed)
    made = (loader(rng, BATCH, SIDE, n2n.TRAINING) for _ in range(steps))
    return [(pairs["source"].copy(), pairs["target"].copy()) for pairs in made]


@cache
def trained(loader: Loader, kind: type[nn.Module] = n2n.UNet) -> nn.Module:
    torch.manual_seed(1)
    net = kind(WIDTH)
    if kind is n2n.UNet:
        return n2n.train(net, batches(loader, 1))
    n2n.train(GivenTarget(net), [(np.concatenate([x, y], 1), y) for x, y in batches(loader, 1)])
    return net


@cache
def memorised(count: int = 24, steps: int = 600) -> tuple[nn.Module, tuple[tuple[str, Any], ...]]:
    """A few small crops with stored noise, seen many times; with those pairs."""
    torch.manual_seed(1)
    rng = np.random.default_rng(5)
    pairs = honest(rng, count, SIDE)
    chosen = [rng.choice(count, BATCH, replace=False) for _ in range(steps)]
    net = n2n.train(n2n.UNet(WIDTH), [(pairs["source"][k], pairs["target"][k]) for k in chosen])
    return net, tuple(pairs.items())


def held_out(loader: Loader = honest, side: int = 128, repeats: bool = True, seed: int = 9) -> list[Batch]:
    """Eighteen pairs of photographs that no training has seen, three of each, with a repeat of the target by the same rule."""
    rng = np.random.default_rng(seed)
    pairs = []
    for place in range(6):
        for row in range(3):
            pair = {key: image[0] for key, image in loader(rng, 1, side, [n2n.HELD_OUT[place]]).items()}
            if repeats:
                pair["repeat"] = n2n.noisy(rng, pair["clean"])
            pairs.append({**pair, "id": f"photo{place}-{row}"})
    return pairs
