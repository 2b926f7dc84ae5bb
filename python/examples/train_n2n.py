"""A U-Net trained Noise2Noise on the repository's photographs, then tested for leakage."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

import n2n_analyze

SIGMA = 25 / 255
FILES = sorted((Path(__file__).resolve().parents[2] / "data" / "photos").glob("*.png"))
PHOTOS = [np.asarray(Image.open(file), np.float32) / 255 for file in FILES]  # [256, 256], 0 to 1
HELD_OUT, TRAINING = PHOTOS[:6], PHOTOS[6:]


class UNet(nn.Module):
    """Two levels, skips from the source; the output is the source less what the network takes for its noise."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        w = width
        self.down0, self.down1, self.middle = block(1, w), block(w, 2 * w), block(2 * w, 4 * w)
        self.up1, self.up0, self.last = Up(6 * w, 2 * w), Up(3 * w, w), nn.Conv2d(w, 1, 1)

    def forward(self, source: Tensor) -> Tensor:  # [N, 1, H, W]
        skip0 = self.down0(source)
        skip1 = self.down1(functional.max_pool2d(skip0, 2))
        deep = self.middle(functional.max_pool2d(skip1, 2))
        return source - self.last(self.up0(self.up1(deep, skip1), skip0))


class Up(nn.Module):
    """Joins what comes from below with a skip."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.block = block(inputs, outputs)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        return self.block(torch.cat([functional.interpolate(deep, scale_factor=2.0), skip], 1))


def block(inputs: int, outputs: int) -> nn.Sequential:
    first, second = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())


def crops(rng: np.random.Generator, count: int, side: int, photos: list[np.ndarray] = TRAINING) -> np.ndarray:
    places = [(rng.integers(len(photos)), *rng.integers(256 - side + 1, size=2)) for _ in range(count)]
    return np.stack([photos[k][None, y : y + side, x : x + side] for k, y, x in places])  # [N, 1, side, side]


def noisy(rng: np.random.Generator, clean: np.ndarray) -> np.ndarray:
    return (clean + SIGMA * rng.normal(size=clean.shape)).astype(np.float32)


def train(net: nn.Module, batches: list[tuple[np.ndarray, np.ndarray]], learning_rate: float = 2e-3) -> nn.Module:
    optimizer = torch.optim.Adam(net.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=len(batches))
    for source, target in batches:
        loss = functional.mse_loss(net(torch.from_numpy(source)), torch.from_numpy(target))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net


def main() -> None:
    rng = np.random.default_rng(1)
    net = train(UNet(), [(noisy(rng, clean), noisy(rng, clean)) for clean in (crops(rng, 8, 64) for _ in range(300))])
    held_out = [
        {"source": noisy(rng, c), "target": noisy(rng, c), "clean": c, "clean_source": c, "repeat": noisy(rng, c)}
        for c in (photo[None] for photo in HELD_OUT)
    ]
    result = n2n_analyze.leak_test(net, held_out, axes="CHW", data_range=1.0, reads_target=False, out="out/python")
    print(result.headline, result.row("quality.psnr_gain").because, sep="\n")
    result.assert_no_leak("all")


if __name__ == "__main__":
    torch.manual_seed(1)
    main()
