"""Golden numbers for Sources/Fields/Statistics, from SciPy and mpmath. Run: python make_statistics.py"""
import json
import pathlib
import platform

import mpmath
import numpy as np
import scipy
from scipy import special, stats

here = pathlib.Path(__file__).parent

mpmath.mp.dps = 50


def student_cdf(t, df):
    """By mpmath: SciPy 1.17.1's t.cdf(1e-8, 1) is off in the ninth digit."""
    t, df = mpmath.mpf(t), mpmath.mpf(df)
    tail = mpmath.betainc(df / 2, mpmath.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return float(tail if t < 0 else 1 - tail)


probabilities = [1e-300, 1e-20, 1e-6, 0.001, 0.025, 0.05, 0.3, 0.5, 0.7, 0.95, 0.975, 0.999, 1 - 1e-9]
points = [-37.0, -8.0, -2.5, -1.0, -1e-3, 0.0, 1e-8, 0.5, 1.959963984540054, 4.0]
normal = {
    "points": points,
    "cdf": [float(mpmath.ncdf(z)) for z in points],
    "probabilities": probabilities,
    "quantile": [float(special.ndtri(p)) for p in probabilities],
}
student = []
for df in [1.0, 2.0, 4.5, 5.0, 18.0, 100.0, 5000.0]:
    ps = [p for p in probabilities if p > 1e-30]
    student.append({
        "degrees_of_freedom": df,
        "points": points[1:],
        "cdf": [student_cdf(z, df) for z in points[1:]],
        "probabilities": ps,
        "quantile": [float(stats.t.ppf(p, df)) for p in ps],
    })
binomial = []
for trials, probability in [(1, 0.5), (10, 0.3), (1000, 0.05), (1000, 0.95), (4000, 0.95)]:
    successes = sorted({0, trials // 3, int(trials * probability), int(trials * probability) + 2})
    tail = 0.005
    binomial.append({
        "trials": trials,
        "probability": probability,
        "successes": successes,
        "cdf": [float(stats.binom.cdf(k, trials, probability)) for k in successes],
        "band99": [int(stats.binom.ppf(tail, trials, probability)), int(stats.binom.ppf(1 - tail, trials, probability))],
    })

# BCa from the same replicates: SciPy's own formulas (scipy.stats._resampling._bca_interval), written out.
bca = []
generator = np.random.default_rng(20240601)
for units, replicates in [(20, 400), (33, 999)]:
    power = generator.gamma(2.0, 1.0, units)
    product = power * 0.07 + generator.normal(0, 0.1, units) * power
    index = generator.integers(0, units, (replicates, units))
    theta_star = product[index].sum(1) / power[index].sum(1)
    estimate = product.sum() / power.sum()
    leave_one_out = (product.sum() - product) / (power.sum() - power)
    share = ((theta_star < estimate).sum() + (theta_star <= estimate).sum()) / (2 * replicates)
    z0 = special.ndtri(share)
    u = (units - 1) * (leave_one_out.mean() - leave_one_out)
    acceleration = (u**3).sum() / units**3 / (6 * ((u**2).sum() / units**2) ** 1.5)
    ends = {}
    for confidence in [0.9, 0.95, 0.99]:
        z = special.ndtri((1 - confidence) / 2)
        a1 = special.ndtr(z0 + (z0 + z) / (1 - acceleration * (z0 + z)))
        a2 = special.ndtr(z0 + (z0 - z) / (1 - acceleration * (z0 - z)))
        ends[str(confidence)] = [float(v) for v in np.percentile(theta_star, [100 * a1, 100 * a2])]
    # And scipy.stats.bootstrap itself on the same data, with its own resamples.
    result = stats.bootstrap(
        (product, power), lambda a, b, axis=-1: a.sum(axis) / b.sum(axis), paired=True, vectorized=True,
        n_resamples=100_000, method="BCa", rng=np.random.default_rng(1))
    bca.append({
        "product": product.tolist(), "power": power.tolist(), "replicates": theta_star.tolist(),
        "leave_one_out": leave_one_out.tolist(), "estimate": float(estimate), "ends": ends,
        "standard_error": float(theta_star.std(ddof=1)),
        "scipy_bootstrap95": [float(result.confidence_interval.low), float(result.confidence_interval.high)],
        "scipy_bootstrap_standard_error": float(result.standard_error),
    })

values = [0.31, -0.12, 0.22, 0.05, 0.4, -0.07, 0.18, 0.29]
permutation = stats.permutation_test(
    (values,), np.sum, permutation_type="samples", n_resamples=np.inf, vectorized=False)
t_interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
small = {
    "values": values,
    "sign_flip": float(permutation.pvalue),
    "interval95": [float(t_interval.low), float(t_interval.high)],
}

(here / "statistics.json").write_text(json.dumps({
    "made_by": "Tests/Fixtures/statistics/make_statistics.py",
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mpmath.__version__},
    "normal": normal, "student": student, "binomial": binomial, "bca": bca, "small": small,
}) + "\n")
