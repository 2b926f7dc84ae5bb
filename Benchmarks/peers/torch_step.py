#!/usr/bin/env python3
"""The training step of `n2n-analyze bench step` in PyTorch: same network, losses, optimizer and random batch.

    torch_step.py --case small|medium|wide [--compile] [--threads 2] [--steps 9] [--batch N] [--crop 64]

One JSON line: median and fastest of the steps after two (compilation included) that are not counted, peak memory.
Fused AdamW, contiguous tensors, no autocast. Images are [N, C, H, W] here.
"""
import argparse
import json
import math
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn

CASES = {  # encoder widths, latent channels, batch
    "small": ([16, 32, 64], 64, 16),
    "medium": ([32, 64, 128], 128, 8),
    "wide": ([64, 128, 256], 256, 4),
}


class DoubleConv(nn.Module):
    """Twice: 3x3 convolution, group normalisation over gcd(8, C) groups, exact GELU."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm1 = nn.GroupNorm(math.gcd(8, outputs), outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norm2 = nn.GroupNorm(math.gcd(8, outputs), outputs)

    def forward(self, x):
        return F.gelu(self.norm2(self.conv2(F.gelu(self.norm1(self.conv1(x))))))


class Encoder(nn.Module):
    def __init__(self, widths, latent):
        super().__init__()
        self.levels = nn.ModuleList(DoubleConv(i, o) for i, o in zip([1] + widths, widths))
        self.bottleneck = DoubleConv(widths[-1], latent)

    def forward(self, x):
        skips = []
        for level in self.levels:
            skips.append(level(x))
            x = F.max_pool2d(skips[-1], 2)
        return self.bottleneck(x), skips


class Decoder(nn.Module):
    def __init__(self, widths, latent):
        super().__init__()
        outputs = widths[::-1]
        self.ups = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, 2) for i, o in zip([latent] + outputs, outputs))
        self.levels = nn.ModuleList(DoubleConv(2 * o, o) for o in outputs)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x, skips=None):
        for index, (up, level) in enumerate(zip(self.ups, self.levels)):
            x = up(x)
            skip = torch.zeros_like(x) if skips is None else skips[-1 - index]
            x = level(torch.cat([skip, x], 1))
        return self.head(x)


class Network(nn.Module):
    def __init__(self, widths, latent):
        super().__init__()
        self.encoder = Encoder(widths, latent)
        self.decoder_a, self.decoder_b = Decoder(widths, latent), Decoder(widths, latent)

    def loss(self, a, b):
        """mean|za - zb| + 0.2 (reconstructions, with skips) + (cross-domain outputs, without), each a mean |u|."""
        (za, skips_a), (zb, skips_b) = self.encoder(a), self.encoder(b)

        def l1(u, v):
            return (u - v).abs().mean()

        content = l1(za, zb)
        recon = l1(self.decoder_a(za, skips_a), a) + l1(self.decoder_b(zb, skips_b), b)
        cross = l1(self.decoder_a(zb), a) + l1(self.decoder_b(za), b)
        return content + 0.2 * recon + cross


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--compile", action="store_true")
    for name, default in dict(threads=2, steps=9, batch=None, crop=64).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    widths, latent, batch = CASES[options.case]
    batch = options.batch or batch
    network = Network(widths, latent)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-4, weight_decay=0.01, fused=True)
    a, b = (torch.randn(batch, 1, options.crop, options.crop) for _ in range(2))
    loss = torch.compile(network.loss) if options.compile else network.loss
    seconds = []
    for _ in range(options.steps + 2):
        start = time.perf_counter()
        value = loss(a, b)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    seconds = sorted(seconds[2:])
    print(json.dumps(dict(
        peer=f"torch {torch.__version__} {'compiled' if options.compile else 'eager'}", case=options.case,
        crop=options.crop, batch=batch, threads=options.threads, seconds_median=seconds[len(seconds) // 2],
        seconds_min=seconds[0], peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)))


if __name__ == "__main__":
    main()
