#!/usr/bin/env python3
"""Outputs with a planted leak, saved as a user would: python planted.py FOLDER LAMBDA white|blurred clean|blind [SEED]

f = c + h*g + LAMBDA n_a, h a 3x3 binomial filter, g noise of its own. "blind" leaves the clean images out; repeats are always there.
"""
import sys
import numpy as np
from save_outputs import save_outputs

folder, leak, kind, known = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4]
seed = int(sys.argv[5]) if len(sys.argv) > 5 else 0
rng = np.random.default_rng(20260 + int(1000 * leak) + (kind == "blurred") + 10_000 * seed)


def blur(x):
    for axis in (0, 1):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


def noise():
    white = rng.normal(size=(256, 256))
    return 0.1 * (white if kind == "white" else blur(white) / 0.375)


pairs = []
y, x = np.mgrid[:256, :256]
for k in range(12):
    clean = 0.5 * np.sin(0.03 * y + k) * np.cos(0.04 * x - k * k)
    n_a, swapped, n_b = noise(), noise(), noise()
    rest = clean + blur(0.1 * rng.normal(size=clean.shape))
    pair = {"id": f"scene{k}", "prediction_a": rest + leak * n_a, "noisy_a": clean + n_a, "noisy_b": clean + n_b, "repeat_a": clean + noise(),
            "swapped_noisy_a": clean + swapped, "swapped_prediction_a": rest + leak * swapped}
    if known == "clean":
        pair.update(clean_a=clean, clean_b=clean)
    pairs.append(pair)
save_outputs(folder, pairs, data_range=2.0, sigma_a=0.1)
