#!/usr/bin/env python3
"""Noise levels that scikit-image estimates, for images of even and odd sizes down to one pixel.

    pip install numpy scikit-image PyWavelets
    python make_estimates.py       writes estimates.json beside this script
"""
import json, os, warnings
from importlib.metadata import version

import numpy as np
from skimage.restoration import estimate_sigma

warnings.simplefilter("ignore")  # about images narrower than 5 pixels, which might be colour
generator = np.random.default_rng(11)
cases = []
for height, width, channels in [(32, 32, 1), (17, 24, 1), (9, 7, 3), (8, 3, 1), (3, 2, 1), (1, 6, 1), (16, 16, 2)]:
    ramp = np.add.outer(np.arange(height) * 0.02, np.sin(np.arange(width) / 3))[:, :, None]
    image = (ramp + generator.normal(0, 0.1, (height, width, channels))).astype(np.float32)
    if (height, width) == (16, 16):
        image[:, :9] = 0  # a masked background: its details are exactly 0
    sigma = estimate_sigma(image.astype(np.float64), average_sigmas=True, channel_axis=-1)
    cases.append(dict(shape=[height, width, channels], values=image.flatten().tolist(), sigma=float(sigma)))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "estimates.json")
with open(path, "w") as file:
    json.dump(dict(versions={name: version(name) for name in ["numpy", "scikit-image", "PyWavelets"]}, cases=cases), file)
    file.write("\n")
