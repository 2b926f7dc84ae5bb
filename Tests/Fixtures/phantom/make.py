"""Spin-echo signals, B-spline weights and median magnitudes, from NumPy and SciPy.

Run: python make.py   (writes expected.json beside itself)
"""
import json
import pathlib

import numpy
import scipy
from scipy.interpolate import BSpline

here = pathlib.Path(__file__).parent
expected = {"made_by": f"numpy {numpy.__version__}, scipy {scipy.__version__}"}


def signal(density, fat, t1, t2, rest):
    def weight(t1, t2):
        return -numpy.expm1(-2750 / t1) * numpy.exp(-27 / t2)

    return float(density * ((1 - fat) * weight(t1, t2) + fat * rest * weight(371, 133)))


expected["signals"] = [
    {"density": density, "fat": fat, "t1": t1, "t2": t2,
     "pd": signal(density, fat, t1, t2, 1), "pdfs": signal(density, fat, t1, t2, 0.15)}
    for density, fat, t1, t2 in [(0.95, 0.95, 1000, 40), (0.85, 0.03, 1420, 31.7), (1, 0, 3620, 767), (0.15, 0, 250, 0.5)]]

basis = BSpline.basis_element(numpy.arange(5))
expected["spline"] = [
    {"fraction": t, "weights": [float(basis(t + k)) for k in (3, 2, 1, 0)]} for t in (0, 0.125, 0.5, 0.9)]

random = numpy.random.default_rng(7)
medians = []
for channels in (1, 2, 3):
    for shape in ((5, 7), (6, 6)):
        image = random.normal(size=(*shape, channels)).astype(numpy.float32)
        image *= random.uniform(size=(*shape, 1)) ** 6  # many small ones
        magnitude = numpy.linalg.norm(image.astype(float), axis=-1)
        shown = magnitude[magnitude > 0.05 * magnitude.max()]
        medians.append({"shape": image.shape, "values": image.ravel().tolist(), "shown": int(shown.size),
                        "median": float(numpy.median(shown))})
expected["medians"] = medians

(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
