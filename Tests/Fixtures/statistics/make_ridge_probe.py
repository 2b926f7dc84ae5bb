"""Golden R² for RidgeProbe, by NumPy's least squares on rows with the penalty appended. Run: python make_ridge_probe.py"""
import json
import pathlib
import platform

import numpy as np

here = pathlib.Path(__file__).parent
generator = np.random.default_rng(20241126)
features, targets, rows = 5, 2, [40, 55, 30]
weights = generator.normal(size=(features, targets))
groups = []
for count in rows:
    x = np.round(generator.normal(0.3, 1.2, (count, features)), 6)
    y = np.round(x @ weights + generator.normal(0.5, 1.5, (count, targets)), 6)
    groups.append((x, y))

cases = []
for penalty in [1e-3, 0.1, 3.0]:
    unexplained = total = 0.0
    for left_out, (x, y) in enumerate(groups):
        others = [group for k, group in enumerate(groups) if k != left_out]
        fx = np.concatenate([group[0] for group in others])
        fy = np.concatenate([group[1] for group in others])
        mx, my, sx, m = fx.mean(0), fy.mean(0), fx.std(0), len(fx)
        # min |fy - my - ((fx - mx)/sx) v|² + m·penalty·|v|²: ridge regression on standardised features.
        system = np.vstack([(fx - mx) / sx, np.sqrt(m * penalty) * np.eye(features)])
        right = np.vstack([fy - my, np.zeros((features, targets))])
        v, *_ = np.linalg.lstsq(system, right, rcond=None)
        unexplained += ((y - my - (x - mx) / sx @ v) ** 2).sum()
        total += ((y - my) ** 2).sum()
    cases.append({"penalty": penalty, "determination": 1 - unexplained / total})

golden = {
    "made_with": {"python": platform.python_version(), "numpy": np.__version__},
    "features": features,
    "targets": targets,
    "groups": [{"features": x.ravel().tolist(), "targets": y.ravel().tolist()} for x, y in groups],
    "cases": cases,
}
(here / "ridge_probe.json").write_text(json.dumps(golden, indent=1) + "\n")
