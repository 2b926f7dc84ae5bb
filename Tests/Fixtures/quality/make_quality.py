"""Golden PSNR and SSIM from scikit-image on pieces of data/photos with noise. Run: python make_quality.py"""
import json
import pathlib
import platform

import numpy as np
import skimage
from skimage import io, metrics

here = pathlib.Path(__file__).parent
photos = here.parents[2] / "data" / "photos"
generator = np.random.default_rng(20240603)

cases = []
for names, top, left, height, width, sigma in [
    (["camera"], 60, 80, 40, 33, 25), (["chelsea"], 80, 120, 24, 30, 10), (["coffee"], 70, 90, 11, 17, 50),
    (["brick"], 60, 60, 21, 11, 2), (["rocket", "grass", "cell"], 90, 70, 19, 23, 15),
]:
    # The photographs are grey; three of them make an image of three channels.
    image = np.stack([io.imread(photos / f"{name}.png") for name in names], -1)
    reference = image[top:top + height, left:left + width]
    noisy = np.clip(np.rint(reference + generator.normal(0, sigma, reference.shape)), 0, 255).astype(np.uint8)
    # As Float64 numbers, the way the tests hold them, with the range of 8-bit pixels.
    x, y = noisy.astype(float), reference.astype(float)
    cases.append({
        "photo": "+".join(names), "height": height, "width": width, "channels": reference.shape[2],
        "reference": reference.ravel().tolist(), "image": noisy.ravel().tolist(),
        "psnr": float(metrics.peak_signal_noise_ratio(y, x, data_range=255)),
        "ssim": float(metrics.structural_similarity(
            x, y, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2)),
    })

(here / "quality.json").write_text(json.dumps({
    "made_by": "Tests/Fixtures/quality/make_quality.py",
    "versions": {
        "python": platform.python_version(), "numpy": np.__version__, "scikit-image": skimage.__version__},
    "cases": cases,
}) + "\n")
