"""Which points 0, ±a, ±b, infinity make Winograd's F(4x4, 3x3) most accurate in Float32.

Prints, for each pair (a, b), the error of the convolution and of its weight gradient against Float64, root mean square and
largest, relative to the largest output, with every step in Float32. `Winograd.swift` uses the pair this script recommends.
Formulas: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; the points as a free choice:
Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution", ACM TOMS 2020.

    python winograd_points.py
"""
import sys

import numpy as np


def matrices(a, b):
    """(input transform B^T 6x6, weight transform G 6x3, output transform A^T 4x6) for the points 0, a, -a, b, -b, infinity."""
    p, s = a * a * b * b, a * a + b * b
    input_ = np.array([
        [p, 0, -s, 0, 1, 0],
        [0, -a * b * b, -b * b, a, 1, 0],
        [0, a * b * b, -b * b, -a, 1, 0],
        [0, -b * a * a, -a * a, b, 1, 0],
        [0, b * a * a, -a * a, -b, 1, 0],
        [0, p, 0, -s, 0, 1]])
    points = [0, a, -a, b, -b]
    weight = np.array([[x**i / np.prod([x - y for y in points if y != x]) for i in range(3)] for x in points] + [[0, 0, 1]])
    output = np.array([[float(x)**i for x in points] + [float(i == 3)] for i in range(4)])
    return input_, weight, output


def check(a, b):
    """The matrices compute a correlation exactly (to Float64 rounding)."""
    bt, g, at = matrices(a, b)
    rng = np.random.default_rng(0)
    d, w = rng.normal(size=6), rng.normal(size=3)
    assert np.allclose(at @ ((g @ w) * (bt @ d)), np.correlate(d, w, "valid"), atol=1e-12)


def errors(a, b, channels=64, tiles=32):
    """Relative errors (rms, max) of forward and weight gradient in Float32."""
    f = np.float32
    bt, g, at = matrices(a, b)
    rng = np.random.default_rng(1)
    d = rng.normal(size=(tiles, channels, 6, 6)).astype(f)
    w = rng.normal(size=(channels, channels, 3, 3)).astype(f)
    e = rng.normal(size=(tiles, channels, 4, 4)).astype(f)

    def both(m, x, t):
        return (m.astype(t) @ (x.astype(t) @ m.T.astype(t)))

    def run(t):
        v, u, z = both(bt, d, t), both(g, w.astype(np.float64), np.float64).astype(t), both(at.T, e, t)
        y = both(at, np.einsum("tcij,coij->toij", v, u), t)
        dw = both(g.T, np.einsum("tcij,toij->coij", v, z).astype(np.float64), np.float64)
        return y, dw

    exact, fast = run(np.float64), run(f)
    return [x for q, r in zip(exact, fast)
            for x in (np.sqrt(np.mean((q - r)**2)) / np.abs(q).max(), np.abs(q - r).max() / np.abs(q).max())]


if __name__ == "__main__":
    print(f"python {sys.version.split()[0]} numpy {np.__version__}")
    print("a        b        forward rms  forward max  gradient rms gradient max")
    pairs = [(1, 2), (1, 0.5), (2**-0.5, 2**0.5), (0.625, 1.5), (0.5, 1.5), (0.75, 1.5), (0.5, 1.25), (0.625, 1.25), (0.6, 1.4),
             (0.75, 1.25), (0.5, 1.125), (2 / 3, 1.5), (2 / 3, 4 / 3), (0.5625, 1.25), (0.625, 1.375), (0.5625, 1.1875), (0.625, 1.125)]
    rows = []
    for a, b in pairs:
        check(a, b)
        rows.append((errors(a, b), a, b))
    for e, a, b in sorted(rows, key=lambda r: r[0][0] * r[0][2]):
        print(f"{a:<8.5g} {b:<8.5g} " + " ".join(f"{x:<12.3g}" for x in e))
