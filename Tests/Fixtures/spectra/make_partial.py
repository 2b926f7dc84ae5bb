"""Golden partial coherence for Sources/Fields/Spectra/PartialCoherence.swift. Run: python make_partial.py

Rows: cross-spectra of three fields by scipy.signal.csd (Welch), then the partial coherence of u and v given w from the inverse of
their spectral matrix, |S⁻¹_uv|²/(S⁻¹_uu S⁻¹_vv), which shares no formula with the Swift sources.
"""
import json
import pathlib
import platform

import numpy as np
import scipy
from scipy import signal

here = pathlib.Path(__file__).parent
generator = np.random.default_rng(20240705)
cases = []
for length, segment, overlap, window in [(160, 32, 16, "hann"), (120, 20, 0, "boxcar"), (99, 21, 7, "hann")]:
    w = np.round(generator.normal(0.3, 1, length), 6)
    u = np.round(0.7 * np.roll(w, 1) + generator.normal(0, 1, length), 6)
    v = np.round(0.5 * w + 0.4 * np.roll(u, 2) + generator.normal(0, 1, length), 6)
    fields = [u, v, w]
    options = dict(fs=1.0, window=window, nperseg=segment, noverlap=overlap, detrend="constant", scaling="density")
    matrix = np.array([[signal.csd(b, a, **options)[1] for b in fields] for a in fields])
    partial = []
    for k in range(1, matrix.shape[2]):
        inverse = np.linalg.inv(matrix[:, :, k])
        partial.append(float(abs(inverse[0, 1]) ** 2 / (inverse[0, 0].real * inverse[1, 1].real)))
    cases.append({
        "segment": segment, "overlap": overlap / segment, "window": window, "u": u.tolist(), "v": v.tolist(),
        "w": w.tolist(), "partial": partial})

(here / "partial.json").write_text(json.dumps({
    "made_by": "Tests/Fixtures/spectra/make_partial.py",
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "cases": cases,
}) + "\n")
