"""Images, a U-Net with skips from its target, and one thread: several test runs may share the machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

torch.set_num_threads(1)

SIGMA = 0.1


class Up(nn.Module):
    def __init__(self, deep: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(deep, outputs, 2, stride=2)
        self.mix = nn.Sequential(nn.Conv2d(outputs + skip, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.SiLU())

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        return self.mix(torch.cat([self.up(deep), skip], 1))


class CrossNet(nn.Module):
    """Three levels, strided convolutions, batch norm; latent from the source, skips from the source or from the target."""

    def __init__(self, skips_of_target: bool, width: int = 6) -> None:
        super().__init__()
        self.skips_of_target = skips_of_target
        widths = [width, 2 * width, 4 * width]
        self.downs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(i, o, 3, stride=s, padding=1), nn.BatchNorm2d(o), nn.SiLU())
            for i, o, s in zip([1, *widths], [*widths, widths[-1]], [1, 2, 2, 2], strict=True)
        )
        self.up2, self.up1, self.up0 = Up(widths[2], widths[2], widths[1]), Up(widths[1], widths[1], widths[0]), Up(*[width] * 3)
        self.last, self.dropout = nn.Conv2d(width, 1, 1), nn.Dropout(0.2)

    def encode(self, x: Tensor) -> list[Tensor]:
        features = []
        for down in self.downs:
            x = down(x)
            features.append(x)
        return features

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        *own, deep = self.encode(source)
        skips = self.encode(target)[:-1] if self.skips_of_target else own
        deep = self.up2(self.dropout(deep), skips[2])
        return source + self.last(self.up0(self.up1(deep, skips[1]), skips[0]))


@pytest.fixture
def net() -> CrossNet:
    torch.manual_seed(3)
    return CrossNet(skips_of_target=True)


@pytest.fixture
def pairs() -> list[dict[str, Any]]:
    """Eight pairs [64, 64] of one content with white noise, clean images and a repeat of the target."""
    return make_pairs(8)


def make_pairs(count: int, side: int = 64, seed: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    made = []
    for k in range(count):
        clean = (0.5 + 0.4 * np.sin(0.09 * y + k) * np.cos(0.11 * x - k * k)).astype(np.float32)
        source, target, repeat = (noisy(rng, clean) for _ in range(3))
        made.append({"source": source, "target": target, "clean": clean, "clean_source": clean, "repeat": repeat})
    return made


def noisy(rng: np.random.Generator, clean: Any) -> Any:
    return (clean + SIGMA * rng.normal(size=clean.shape)).astype(np.float32)


def blurred(images: Any) -> Any:
    """Binomial filter of 3 × 3 over the last two axes."""
    for axis in (-2, -1):
        images = (np.roll(images, 1, axis) + 2 * images + np.roll(images, -1, axis)) / 4
    return images


def without(pairs: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in pair.items() if key not in keys} for pair in pairs]


def channels_first(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: torch.from_numpy(value)[None] for key, value in pair.items()} for pair in pairs]
