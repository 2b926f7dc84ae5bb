#!/usr/bin/env python3
"""Saved outputs of a cheap denoiser with a small leak, with every kind of evidence that `leak-test --outputs` reads.

    suite_data.py DIR [--pairs 24] [--side 128] [--training 0]

The model is f = S(source) + LEAK (target - S(target)), S a 3 x 3 mean. Contents are blurred noise, steps and a slope;
noise is white and Gaussian, of another power in each domain. Writes .npy files [H, W], float32, and manifest.json.
"""
import argparse
import json
import pathlib

import numpy as np
import scipy.ndimage

SIGMA = dict(a=0.08, b=0.1)
LEAK = 0.02
SEED = 19


def content(rng, side):
    """[side, side], between 0.1 and 0.9: a texture, a slope and two rectangles."""
    texture = scipy.ndimage.gaussian_filter(rng.standard_normal((side, side)), side / 16, mode="wrap")
    image = texture / np.abs(texture).max() + np.linspace(-0.5, 0.5, side)[:, None] * rng.uniform(-1, 1)
    for _ in range(2):
        top, left = rng.integers(0, side * 3 // 4, 2)
        height, width = rng.integers(side // 8, side // 2, 2)
        image[top:top + height, left:left + width] += rng.uniform(-0.8, 0.8)
    return 0.1 + 0.8 * (image - image.min()) / np.ptp(image)


def model(source, target):
    """f of two noisy images [H, W]."""
    def smooth(image):
        return scipy.ndimage.uniform_filter(image, 3, mode="nearest")
    return smooth(source) + LEAK * (target - smooth(target))


def arrays(rng, side):
    """The arrays of one pair, by the manifest's keys; [side, side] float32."""
    clean = content(rng, side)
    # The second domain shows the same content in another contrast.
    cleans = dict(a=clean, b=0.1 + 0.8 * clean**1.1)

    def capture(domain):
        return np.float32(np.float32(cleans[domain]) + rng.normal(0, SIGMA[domain], (side, side)))
    found = {}
    noisy = {domain: capture(domain) for domain in "ab"}
    for target, source in ("ab", "ba"):
        swapped = capture(target)
        found |= {f"clean_{target}": cleans[target], f"noisy_{target}": noisy[target], f"repeat_{target}": capture(target),
                  f"prediction_{target}": model(noisy[source], noisy[target]), f"swapped_noisy_{target}": swapped,
                  f"swapped_prediction_{target}": model(noisy[source], swapped)}
    return {key: np.float32(value) for key, value in found.items()}


def write(folder, pairs, side, training):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for index in range(pairs + training):
        entry = dict(id=f"p{index:03d}", split="heldout" if index < pairs else "training")
        for key, array in arrays(np.random.default_rng([SEED, index]), side).items():
            entry[key] = f"{entry['id']}_{key}.npy"
            np.save(folder / entry[key], array)
        entries.append(entry)
    described = dict(name="smoother", data_range=1.0, sigma_a=SIGMA["a"], sigma_b=SIGMA["b"], reads_target=True)
    (folder / "manifest.json").write_text(json.dumps(dict(pairs=entries, **described), indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--training", type=int, default=0)
    options = parser.parse_args()
    write(options.dir, options.pairs, options.side, options.training)


if __name__ == "__main__":
    main()
