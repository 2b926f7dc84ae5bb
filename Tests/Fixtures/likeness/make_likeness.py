"""Golden numbers for tests of noise-likeness, dependence and multiplicity. Run: python make_likeness.py"""
import json
import pathlib
import platform

import dcor
import esda
import libpysal
import mpmath
import numpy as np
import scipy
import statsmodels
from esda.moran import Moran
from scipy import signal, special, stats
from scipy.spatial.distance import pdist, squareform
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.stats.multitest import multipletests

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20240611)


def flat(a):
    return [float(v) for v in np.asarray(a).ravel()]


def smooth(u):
    return (u + np.roll(u, 1, 0) + np.roll(u, 1, 1)) / 3


distributions = {
    "chi_squared": [
        {"degrees_of_freedom": k, "x": x, "upper_tail": float(stats.chi2.sf(x, k))}
        for k in [1.0, 2.0, 4.5, 24.0, 60.0, 400.0] for x in [1e-3, 0.5, 2.0, 20.0, 60.0, 150.0, 500.0]],
    "f": [
        {"numerator": a, "denominator": b, "x": x, "upper_tail": float(stats.f.sf(x, a, b))}
        for a, b in [(1.0, 10.0), (2.0, 20.0), (200.0, 1028.6), (64.0, 7.5)] for x in [0.01, 0.5, 1.0, 1.3, 4.0, 30.0]],
    "kolmogorov": [{"z": z, "upper_tail": float(special.kolmogorov(z))}
                   for z in [0.05, 0.3, 0.5, 0.8, 0.999, 1.0, 1.2, 1.36, 2.0, 4.0]],
}


def fisher(x, m):
    mpmath.mp.dps = 60
    x = mpmath.mpf(x)
    total, j = mpmath.mpf(0), 1
    while j <= m and j * x < 1:
        total += (-1) ** (j - 1) * mpmath.binomial(m, j) * (1 - j * x) ** (m - 1)
        j += 1
    return float(total)


fisher_tail = [{"x": x, "modes": m, "upper_tail": fisher(x, m)} for x, m in [
    (0.6, 2), (0.5, 5), (0.35, 10), (0.2, 10), (0.1, 60), (0.06, 100), (0.004, 2046), (0.0055, 2046), (0.012, 2046)]]

# Fields: the periodogram's modes counted by hand from the full complex transform.
fields = []
for height, width, coloured in [(8, 8, False), (9, 12, False), (11, 7, True), (16, 20, True), (24, 24, False)]:
    u = rng.standard_normal((height, width)) + 3
    if coloured:
        u = smooth(u)
    power = np.abs(np.fft.fft2(u - u.mean())) ** 2
    modes, seen = [], set()
    for ky in range(height):
        for kx in range(width):
            mirror = ((-ky) % height, (-kx) % width)
            if (ky, kx) == mirror or mirror in seen:
                continue
            seen.add((ky, kx))
            fy, fx = np.fft.fftfreq(height)[ky], np.fft.fftfreq(width)[kx]
            modes.append((np.hypot(fy, fx), power[ky, kx]))
    powers = np.array([p for _, p in modes])
    radii = np.array([r for r, _ in modes])
    m = len(powers)
    g = powers.max() / powers.sum()
    row = {
        "height": height, "width": width, "values": flat(u), "modes": m,
        "flatness": float(np.exp(np.mean(np.log(powers))) / powers.mean()), "fisher_g": float(g),
        "fisher_p": fisher(g, m), "fisher_radius": float(radii[powers.argmax()])}
    # The same modes by rows of the half spectrum, sorted by radius with ties in that order.
    ordered = []
    for ky in range(height):
        for kx in range(width // 2 + 1):
            edge = kx == 0 or 2 * kx == width
            if edge and (2 * ky > height or ky == 0 or 2 * ky == height):
                continue
            fy, fx = (ky - height if 2 * ky > height else ky) / height, kx / width
            ordered.append(((fy * fy + fx * fx) ** 0.5, power[ky, kx]))
    assert len(ordered) == m
    ordered.sort(key=lambda mode: mode[0])
    sums = np.cumsum([p for _, p in ordered])
    exact = stats.kstest(sums[:-1] / sums[-1], "uniform")
    row["kolmogorov"] = {"d": float(exact.statistic), "p": float(exact.pvalue)}
    mean_log = -np.euler_gamma - float(special.digamma(m)) + np.log(m)
    var_log = np.pi**2 / (6 * m) - float(special.polygamma(1, m))
    row["flatness_p"] = float(stats.norm.cdf((np.log(row["flatness"]) - mean_log) / np.sqrt(var_log)))
    for name, weights in [
            ("rook", libpysal.weights.lat2W(height, width, rook=True)),
            ("queen", libpysal.weights.lat2W(height, width, rook=False))]:
        moran = Moran(u.ravel(), weights, transformation="b", permutations=0)
        row[name] = {"i": float(moran.I), "expectation": float(moran.EI), "deviation": float(moran.seI_norm),
                     "z": float(moran.z_norm), "p": float(moran.p_norm)}
    # Autocorrelation at all lags, by direct sums.
    z = u - u.mean()
    pairs = signal.correlate(np.ones_like(z), np.ones_like(z), method="direct")
    row["auto_open"] = flat(signal.correlate(z, z, method="direct") / pairs / z.var())
    v = np.roll(u, (2, -1), (0, 1)) + 0.3 * rng.standard_normal(u.shape)
    w = v - v.mean()
    row["other"] = flat(v)
    # SciPy's correlate(w, z)[k] = Σ w(x + k) z(x).
    row["cross_open"] = flat(signal.correlate(w, z, method="direct") / pairs / (z.std() * w.std()))
    circular = np.array([[np.mean(z * np.roll(w, (-dy, -dx), (0, 1))) for dx in range(-(width // 2), width // 2 + 1)]
                         for dy in range(-(height // 2), height // 2 + 1)])
    row["cross_circular"] = flat(circular / (z.std() * w.std()))
    # 2-D Ljung-Box by its formula.
    n, q, lags = z.size, 0.0, 0
    for dy in range(0, 3):
        for dx in range(-3, 4):
            if dy == 0 and dx <= 0:
                continue
            a = z[dy:, max(dx, 0):width + min(dx, 0)]
            b = z[:height - dy, max(-dx, 0):width + min(-dx, 0)]
            q += ((a * b).sum() / (z**2).sum()) ** 2 / a.size
            lags += 1
    q *= n * (n + 2)
    row["ljung_box"] = {"q": float(q), "p": float(stats.chi2.sf(q, lags))}
    fields.append(row)

# The Kolmogorov statistic on rows, whose modes have one order: SciPy's kstest of the shares.
rows = []
for length, a in [(101, 0.0), (401, 0.0), (101, 0.6), (999, 0.1)]:
    x = signal.lfilter([1], [1, -a], rng.standard_normal(length))
    powers = np.abs(np.fft.rfft(x - x.mean()))[1:] ** 2
    shares = np.cumsum(powers)[:-1] / powers.sum()
    exact = stats.kstest(shares, "uniform")
    box = acorr_ljungbox(x, lags=[1, 5, 10])
    rows.append({"values": flat(x), "shares": flat(shares), "d": float(exact.statistic), "p": float(exact.pvalue),
                 "lags": [1, 5, 10], "q": flat(box["lb_stat"]), "q_p": flat(box["lb_pvalue"])})

# Dependence.
def hsic(x, y):
    def kernel(a):
        d = squareform(pdist(a[:, None]))
        s = np.median(pdist(a[:, None]))
        return np.exp(-(d**2) / (2 * s * s))
    n = len(x)
    h = np.eye(n) - 1 / n
    k, l = kernel(x), kernel(y)
    def value(p, q):
        return float(np.trace(p @ h @ q @ h)) / n**2
    return value(k, l), value(k, l) / np.sqrt(value(k, k) * value(l, l))


def ksg(x, y, k=3):
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    n = len(x)
    dx, dy = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
    d = np.maximum(dx, dy)
    np.fill_diagonal(d, np.inf)
    eps = np.sort(d, axis=1)[:, k - 1]
    np.fill_diagonal(dx, np.inf)
    np.fill_diagonal(dy, np.inf)
    nx, ny = (dx < eps[:, None]).sum(1), (dy < eps[:, None]).sum(1)
    return float(special.digamma(k) + special.digamma(n) - np.mean(special.digamma(nx + 1) + special.digamma(ny + 1)))


pairs = []
for n, kind in [(4, "none"), (7, "none"), (50, "linear"), (120, "square"), (200, "none"), (60, "ties"), (150, "offset")]:
    x = rng.standard_normal(n)
    y = {"none": rng.standard_normal(n), "linear": 0.5 * x + rng.standard_normal(n),
         "square": x**2 + 0.5 * rng.standard_normal(n), "ties": np.round(x + rng.standard_normal(n)),
         "offset": 1e6 + 0.2 * x + rng.standard_normal(n)}[kind]
    if kind == "ties":
        x = np.round(x)
    row = {"kind": kind, "x": flat(x), "y": flat(y),
           "distance_correlation": float(dcor.u_distance_correlation_sqr(x, y, method="naive"))}
    if kind != "ties":
        row["hsic"], row["alignment"] = hsic(x, y)
        row["mutual_information"] = ksg(x, y) if n > 4 else ksg(x, y, 3)
    pairs.append(row)

multiplicity = []
for p in [[0.01, 0.04, 0.03, 0.005, 0.2], [0.5], [0.001, 0.001, 0.9, 1.0, 0.02, 0.0], flat(rng.uniform(size=12) ** 2)]:
    multiplicity.append({"p": p, **{
        name: flat(multipletests(p, method=method)[1]) for name, method in [
            ("bonferroni", "bonferroni"), ("holm", "holm"), ("benjamini_hochberg", "fdr_bh"),
            ("benjamini_yekutieli", "fdr_by")]}})

(here / "likeness.json").write_text(json.dumps({
    "made_by": "Tests/Fixtures/likeness/make_likeness.py",
    "versions": {"python": platform.python_version(), **{
        m.__name__: m.__version__ for m in (np, scipy, statsmodels, dcor, esda, libpysal, mpmath)}},
    "distributions": distributions, "fisher_tail": fisher_tail, "fields": fields, "rows": rows, "pairs": pairs,
    "multiplicity": multiplicity,
}) + "\n")
