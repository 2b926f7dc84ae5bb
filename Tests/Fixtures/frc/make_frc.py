"""Golden numbers for Fourier ring correlation, from NumPy alone. Run: python make_frc.py

Works on the full plane of np.fft.fft2, where the Swift sources work on half of it, and shares no code with them. The phases are
drawn from a Philox 4x32-10 of its own, in the order that Sources/Fields/Spectra/PhaseRandomisation.swift states. Rows: FRC,
FRC with randomised phases and its correction, λ of the matched exchange by the definition of docs/THEORY.md, section 5.
"""
import json
import pathlib
import platform

import numpy as np

here = pathlib.Path(__file__).parent
generator = np.random.default_rng(20261129)
MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def uniforms(seed, purpose, domain, image, draw):
    block = 0
    while True:
        w = philox([block, image, draw, purpose << 24 | domain], [seed & MASK, seed >> 32])
        for high, low in ((w[0], w[1]), (w[2], w[3])):
            yield (((high << 32 | low) >> 11) + 0.5) * 2.0 ** -53
        block += 1


def radii(shape):
    return np.hypot(*np.meshgrid(np.fft.fftfreq(shape[0]), np.fft.fftfreq(shape[1]), indexing="ij"))


def randomised(plane, beyond, stream):
    height, width = plane.shape
    spectrum, radius = np.fft.fft2(plane), radii(plane.shape)
    for ky in range(height):
        for kx in range(width // 2 + 1):
            mirror = ((-ky) % height, (-kx) % width)
            if mirror[1] == kx and mirror[0] < ky or radius[ky, kx] <= beyond:
                continue
            turn = next(stream)
            if mirror == (ky, kx):
                spectrum[ky, kx] = abs(spectrum[ky, kx]) * (-1 if turn < 0.5 else 1)
            else:
                spectrum[ky, kx] = abs(spectrum[ky, kx]) * np.exp(2j * np.pi * turn)
                spectrum[mirror] = np.conj(spectrum[ky, kx])
    return np.fft.ifft2(spectrum).real


def window(name, length):
    return np.ones(length) if name == "boxcar" else 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


def ring_correlation(pairs, ring_width, name):
    """FRC of each ring, NaN where it holds no mode; pairs of lists of channels."""
    sums = np.zeros((3, int(np.ceil(0.5 / ring_width - 1e-9))))
    for u, v in pairs:
        for a, b in zip(u, v):
            taper = np.outer(window(name, a.shape[0]), window(name, a.shape[1]))
            fa, fb = np.fft.fft2((a - a.mean()) * taper), np.fft.fft2((b - b.mean()) * taper)
            radius = radii(a.shape)
            ring = np.ceil(radius / ring_width - 1e-9).astype(int) - 1
            for r in range(sums.shape[1]):
                inside = (ring == r) & (radius <= 0.5 + 1e-9)
                sums[:, r] += [
                    (fa * np.conj(fb))[inside].real.sum() / (taper ** 2).sum(),
                    (abs(fa[inside]) ** 2).sum() / (taper ** 2).sum(), (abs(fb[inside]) ** 2).sum() / (taper ** 2).sum()]
    with np.errstate(invalid="ignore"):
        return sums[0] / np.sqrt(sums[1] * sums[2]), sums


def flat(channels):
    return [c.ravel().tolist() for c in channels]


cases = []
for height, width, channels, pairs, ring_width, name, seed in [
        (16, 16, 1, 3, 1 / 16, "hann", 1), (15, 22, 2, 3, 1 / 20, "hann", 2 ** 40 + 5), (9, 12, 1, 2, 1 / 8, "boxcar", 3)]:
    rows = []
    for _ in range(pairs):
        def draw():
            return [generator.normal(0, 1, (height, width)) for _ in range(channels)]
        c, na, nb, pa, pb = draw(), draw(), draw(), draw(), draw()

        def smooth(x):
            return (x + np.roll(x, 1, 0) + np.roll(x, 1, 1) + np.roll(x, -1, 0) + np.roll(x, -1, 1)) / 5
        fields = {
            "a": [smooth(c + n) + 0.1 * m + 0.03 * m ** 2 for c, n, m in zip(c, nb, na)],
            "b": [smooth(c + n) + 0.1 * m + 0.03 * m ** 2 for c, n, m in zip(c, na, nb)],
            "other_a": [smooth(c + n) + 0.1 * m + 0.03 * m ** 2 for c, n, m in zip(c, nb, pa)],
            "other_b": [smooth(c + n) + 0.1 * m + 0.03 * m ** 2 for c, n, m in zip(c, na, pb)],
            "noise_a": [m - n for m, n in zip(na, pa)], "noise_b": [m - n for m, n in zip(nb, pb)]}
        rows.append({key: [np.round(x, 4) for x in value] for key, value in fields.items()})
    same, sums = ring_correlation([(r["a"], r["b"]) for r in rows], ring_width, name)
    other, _ = ring_correlation([(r["other_a"], r["other_b"]) for r in rows], ring_width, name)
    redrawn = [tuple(
        [randomised(x, 0.125, uniforms(seed, 8, domain, image, channel)) for channel, x in enumerate(r[key])]
        for domain, key in enumerate("ab")) for image, r in enumerate(rows)]
    noise, _ = ring_correlation(redrawn, ring_width, name)
    leaks = []
    for target, source in ("ab", "ba"):
        top = bottom = 0.0
        for r in rows:
            for i in range(channels):
                g = (r[source][i] + r["other_" + source][i] - r[target][i] - r["other_" + target][i]) / 2
                g = g - g.mean()
                top += (g * (r[target][i] - r["other_" + target][i])).sum()
                bottom += (g * r["noise_" + target][i]).sum()
        leaks.append(top / bottom)
    first = int(np.ceil(1 / 3 / ring_width - 1e-9))
    upper = sums[:, first:].sum(axis=1)
    cases.append({
        "height": height, "width": width, "ring_width": ring_width, "window": name, "seed": seed,
        "pairs": [{key: flat(value) for key, value in r.items()} for r in rows],
        "first_randomised": [flat(x) for x in redrawn[0]],
        "same": same.tolist(), "other": other.tolist(), "randomised": noise.tolist(),
        "corrected": ((same - noise) / (1 - noise)).tolist(), "difference": ((same - other) / (1 - other)).tolist(),
        "upper": float(upper[0] / np.sqrt(upper[1] * upper[2])), "leaks": leaks})

(here / "frc.json").write_text(json.dumps({
    "made_by": "Tests/Fixtures/frc/make_frc.py",
    "versions": {"python": platform.python_version(), "numpy": np.__version__},
    "cases": cases,
}) + "\n")
