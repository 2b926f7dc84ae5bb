"""Moments and distributions of the noise models, from SciPy.

Run: python make.py   (writes expected.json beside itself)
"""
import json
import pathlib

import numpy
import scipy
from scipy import integrate, stats
from scipy.special import gammaln

here = pathlib.Path(__file__).parent
expected = {"made_by": f"numpy {numpy.__version__}, scipy {scipy.__version__}"}

BLACK = -0.5  # the value of no signal in all cases
moments = []


def add(model, clean, mean, variance):
    moments.append({"noise": model, "clean": clean, "mean": float(mean), "variance": float(variance)})


for clean in (-0.5, -0.4, 1.2):
    s = clean - BLACK
    counts = stats.poisson(20 * s)
    poisson = {"type": "poisson", "peak_a": 20, "peak_b": 20}
    add(poisson, clean, BLACK + counts.mean() / 20, counts.var() / 400)
    add(poisson | {"type": "poisson_gaussian", "sigma_a": 0.2, "sigma_b": 0.2},
        clean, BLACK + counts.mean() / 20, counts.var() / 400 + 0.04)
    for looks in (0.6, 4):
        gamma = stats.gamma(looks, scale=1 / looks)
        add({"type": "speckle", "looks_a": looks, "looks_b": looks}, clean, BLACK + s * gamma.mean(), s * s * gamma.var())
    rice = stats.rice(s / 0.2, scale=0.2)
    add({"type": "rician", "sigma_a": 0.2, "sigma_b": 0.2}, clean, BLACK + rice.mean(), rice.var())

for clean in (-1.1, -0.9, 0.05, 0.7):
    x = stats.norm(clean, 0.3)

    def clipped(power):
        inside, _ = integrate.quad(lambda v: v**power * x.pdf(v), -1, 0.8, epsabs=1e-13, epsrel=1e-13)
        return (-1) ** power * x.cdf(-1) + inside + 0.8**power * x.sf(0.8)

    gaussian = {"type": "gaussian", "sigma_a": 0.3, "sigma_b": 0.3}
    ends = {"of": gaussian, "low": -1, "high": 0.8}
    add(ends | {"type": "clipped"}, clean, clipped(1), clipped(2) - clipped(1) ** 2)
    values = numpy.linspace(-1, 0.8, 7)
    edges = numpy.concatenate([[-numpy.inf], (values[1:] + values[:-1]) / 2, [numpy.inf]])
    share = numpy.diff(x.cdf(edges))
    mean = share @ values
    add(ends | {"type": "quantised", "levels": 7}, clean, mean, share @ values**2 - mean**2)

expected["black"] = BLACK
expected["moments"] = moments

# Upper ends of at most 20 cells of about equal probability, and their probabilities.
poisson = []
for mean in (0.3, 9.9, 10.1, 47.5, 1e4):
    distribution = stats.poisson(mean)
    ends = sorted(set(distribution.ppf(numpy.arange(1, 20) / 20).tolist()))
    cells = numpy.diff(numpy.concatenate([[0], distribution.cdf(ends), [1]]))
    keep = [i for i in range(len(ends)) if cells[i] > 1e-3]
    ends = [ends[i] for i in keep]
    cells = numpy.diff(numpy.concatenate([[0], distribution.cdf(ends), [1]]))
    poisson.append({"mean": mean, "ends": ends, "cells": cells.tolist()})
expected["poisson"] = poisson
expected["gamma"] = [
    {"shape": k, "ends": stats.gamma(k).ppf(numpy.arange(1, 20) / 20).tolist(), "cells": [0.05] * 20}
    for k in (0.3, 1.0, 2.5, 300.0)]
expected["log_factorial"] = [[n, float(gammaln(n + 1))] for n in (0, 1, 2, 7, 9, 10, 30, 1000, 123456789)]

(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
