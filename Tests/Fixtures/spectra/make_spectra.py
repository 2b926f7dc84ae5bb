"""Golden numbers for Sources/Fields/Spectra, from NumPy and SciPy. Run: python make_spectra.py

The ring sums walk over the modes one by one, straight from the definitions of docs/THEORY.md section 5, and share no
code with the Swift sources.
"""
import json
import pathlib
import platform

import numpy as np
import scipy
from scipy import signal

here = pathlib.Path(__file__).parent
generator = np.random.default_rng(20240602)


def field(shape):
    return np.round(generator.normal(0.3, 1.0, shape), 6)


def flat(values):
    return np.asarray(values, float).ravel().tolist()


def interleaved(values):
    return np.stack([values.real, values.imag], -1).ravel().tolist()


def half_plane(height, width):
    """(ky, kx, full-plane weight, radius) of each physical mode once."""
    for ky in range(height):
        for kx in range(width // 2 + 1):
            mirror = ((-ky) % height, (-kx) % width)
            if mirror[1] == kx and mirror[0] < ky:
                continue
            yield ky, kx, 1 if mirror == (ky, kx) else 2, np.hypot(
                np.fft.fftfreq(height)[ky], np.fft.fftfreq(width)[kx])


def bin_of(radius, ring_width, ring_count):
    if radius == 0:
        return ring_count + 1
    if radius > 0.5 + 1e-9:
        return ring_count
    return int(np.ceil(radius / ring_width - 1e-9)) - 1


transforms = []
for shape in [(8, 8), (7, 9), (6, 10), (9, 4), (1, 16), (5, 1), (1, 1)]:
    u = field(shape)
    transforms.append({
        "height": shape[0], "width": shape[1], "field": flat(u), "spectrum": interleaved(np.fft.rfft2(u))})

windows = [
    {"length": n, "hann": flat(signal.get_window("hann", n))} for n in (1, 2, 5, 8, 33)]

rings = []
for height, width, ring_width, window in [
    (8, 8, 1 / 8, "boxcar"), (8, 8, 1 / 8, "hann"), (9, 7, 1 / 9, "hann"), (6, 20, 0.05, "boxcar"),
    (6, 20, 0.11, "hann"), (10, 10, 0.1, "boxcar"), (1, 12, 1 / 12, "boxcar"),
]:
    u, v = field((height, width)), field((height, width))
    v += 0.5 * u
    w = np.outer(signal.get_window(window, height), signal.get_window(window, width))
    # Full transforms: nothing is taken from the half spectrum that the code under test uses.
    U = np.fft.fft2((u - u.mean()) * w) / np.sqrt((w**2).sum())
    V = np.fft.fft2((v - v.mean()) * w) / np.sqrt((w**2).sum())
    count = int(np.ceil(0.5 / ring_width - 1e-9))
    bins = [[] for _ in range(count + 2)]
    for ky, kx, weight, radius in half_plane(height, width):
        bins[bin_of(radius, ring_width, count)].append((ky, kx, weight, radius))
    # Exact covariance of windowed white noise between modes, for the effective number of modes.
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    rows = []
    for modes in bins:
        ks = np.array([(ky, kx) for ky, kx, _, _ in modes], int).reshape(-1, 2)
        weights = np.array([m[2] for m in modes], float)
        radii = np.array([m[3] for m in modes], float)
        A = np.array([
            (w * np.exp(-2j * np.pi * (ky * y / height + kx * x / width))).ravel() for ky, kx in ks
        ]).reshape(len(modes), height * width) / np.sqrt((w**2).sum())
        R = np.abs(A @ A.conj().T) ** 2
        omega = weights / 2
        Um, Vm = U[ks[:, 0], ks[:, 1]], V[ks[:, 0], ks[:, 1]]
        total = weights.sum()
        cross = (weights * Um * Vm.conj()).sum() / total if total else 0
        rows.append({
            "modes": len(modes), "weight": float(total),
            "mean_radius": float((weights * radii).sum() / total) if total else None,
            "effective_modes": float(omega.sum() ** 2 / (omega @ R @ omega)) if total else None,
            "power_u": float((weights * abs(Um) ** 2).sum() / total) if total else None,
            "power_v": float((weights * abs(Vm) ** 2).sum() / total) if total else None,
            "cross": [float(cross.real), float(cross.imag)] if total else None,
        })
    rings.append({
        "height": height, "width": width, "ring_width": ring_width, "window": window,
        "u": flat(u), "v": flat(v), "bins": rows, "variance_u": float(u.var()),
        "periodogram_mean": float((abs(U) ** 2).mean())})

# Rows: SciPy's Welch estimates. SciPy's Pxy is conj(X) Y, ours U V*, hence csd(v, u); its one-sided density doubles
# every mode that has a conjugate, which is undone.
welch = []
for length, segment, overlap, window in [(96, 32, 16, "hann"), (100, 25, 0, "boxcar"), (75, 20, 5, "hann")]:
    u, v = field(length), field(length)
    v[2:] += 0.8 * u[:-2]
    options = dict(fs=1.0, window=window, nperseg=segment, noverlap=overlap, detrend="constant", scaling="density")
    _, power_u = signal.welch(u, **options)
    _, power_v = signal.welch(v, **options)
    frequency, cross = signal.csd(v, u, **options)
    coherence_options = {k: x for k, x in options.items() if k != "scaling"}
    _, coherence = signal.coherence(u, v, **coherence_options)
    weight = np.full(len(frequency), 2.0)
    weight[0] = 1
    if segment % 2 == 0:
        weight[-1] = 1
    welch.append({
        "segment": segment, "overlap": overlap / segment, "window": window, "u": flat(u), "v": flat(v),
        "frequency": flat(frequency[1:]), "power_u": flat((power_u / weight)[1:]),
        "power_v": flat((power_v / weight)[1:]), "cross": interleaved((cross / weight)[1:]),
        "coherence": flat(coherence[1:])})

# The effective number of modes with overlapping segments, from the exact covariance of all modes of all segments.
overlapped = []
for length, segment, overlap, window in [(16, 8, 0.5, "hann"), (12, 6, 0.5, "boxcar"), (15, 7, 0.3, "hann")]:
    step = segment - int(np.rint(overlap * segment))
    starts = range(0, length - segment + 1, step)
    w1 = signal.get_window(window, segment)
    w = np.outer(w1, w1)
    ring_width = 1 / segment
    count = int(np.ceil(0.5 / ring_width - 1e-9))
    bins = [[] for _ in range(count + 2)]
    for mode in half_plane(segment, segment):
        bins[bin_of(mode[3], ring_width, count)].append(mode)
    effective = []
    y, x = np.meshgrid(np.arange(segment), np.arange(segment), indexing="ij")
    for modes in bins:
        A, omega = [], []
        for top in starts:
            for left in starts:
                for ky, kx, weight, _ in modes:
                    row = np.zeros((length, length), complex)
                    row[top:top + segment, left:left + segment] = w * np.exp(
                        -2j * np.pi * (ky * y + kx * x) / segment)
                    A.append(row.ravel())
                    omega.append(weight / 2)
        A, omega = np.array(A) / np.sqrt((w**2).sum()), np.array(omega)
        effective.append(float(omega.sum() ** 2 / (omega @ np.abs(A @ A.conj().T) ** 2 @ omega)))
    overlapped.append({
        "length": length, "segment": segment, "overlap": overlap, "window": window, "effective_modes": effective})

(here / "spectra.json").write_text(json.dumps({
    "made_by": "Tests/Fixtures/spectra/make_spectra.py",
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "transforms": transforms, "windows": windows, "rings": rings, "welch": welch, "overlapped": overlapped,
}) + "\n")
