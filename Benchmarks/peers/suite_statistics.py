"""Estimates, intervals and p-values from sums over units, by docs/THEORY.md section 4; all arrays float64.

A unit is an image or a subject. `rows` [units, terms] are what each unit contributes to a statistic; a statistic maps
[..., terms] to [...], so that totals, leave-one-out totals and resampled totals are one call each.
"""
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

MARGIN = 0.01
FEWEST = 6  # units that an interval needs
FEWEST_BOOTSTRAP = 20
REPLICATES = 2000
MOST_UNITS = 64  # of an energy, whose cost is that of all pairs


@dataclass
class Estimate:
    """A number with its 95 % interval, its standard error and the number of units."""
    value: float
    ci95: tuple | None = None
    error: float = np.nan
    units: int = 0


def bca(value, left_out, resampled, confidence):
    """Ends of the bias-corrected and accelerated interval; left_out [units], resampled [replicates] ascending."""
    count = len(resampled)
    below = np.searchsorted(resampled, value, "left") + np.searchsorted(resampled, value, "right")
    shift = ndtri(below / (2 * count))
    d = left_out.mean() - left_out
    acceleration = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    steps = shift + ndtri((1 + confidence) / 2) * np.array([-1, 1])
    position = ndtr(shift + steps / (1 - acceleration * steps)) * (count - 1)
    if not np.isfinite(position).all():
        return None
    return tuple(np.interp(position, np.arange(count), resampled))


class Resampling:
    """The resamples that all statistics of one number of units share: how often each unit is drawn."""

    def __init__(self, seed=0):
        self.generator, self.known = np.random.default_rng(seed), {}

    def counts(self, units):
        """[replicates, units]"""
        if units not in self.known:
            self.known[units] = self.generator.multinomial(units, np.full(units, 1 / units), REPLICATES).astype(float)
        return self.known[units]

    def estimate(self, rows, statistic, comparisons=1):
        """The statistic of all units with the interval that the number of units allows; several that one is picked from
        share the confidence."""
        n = len(rows)
        totals = rows.sum(0)
        value = float(statistic(totals))
        left_out = statistic(totals - rows)
        if np.all(np.abs(left_out - value) <= 1e-12 * abs(value)):
            # Nothing varies: the estimate is exact.
            return Estimate(value, (value, value), 0.0, n)
        error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
        if n < FEWEST:
            return Estimate(value, None, error, n)
        t = stdtrit(n - 1, 1 - 0.025 / comparisons)
        if n < FEWEST_BOOTSTRAP:
            return Estimate(value, (value - t * error, value + t * error), error, n)
        # The percentiles of z = sqrt(n/(n-1)) t (Hesterberg, 2015).
        nominal = 2 * ndtr(np.sqrt(n / (n - 1)) * t) - 1
        resampled = np.sort(statistic(self.counts(n) @ rows))
        return Estimate(value, bca(value, left_out, resampled, nominal), error, n)


def beyond(estimate, bound, kind):
    """The probability of an estimate so far beyond its bound if the effect is within it; kind: within, below, above."""
    excess = dict(within=abs(estimate.value) - bound, below=estimate.value - bound, above=bound - estimate.value)[kind]
    if excess <= 0:
        return 1.0
    if estimate.error == 0:
        return 0.0
    return min(1.0, (2 if kind == "within" else 1) * stdtr(estimate.units - 1, -excess / estimate.error))


def energy_tail(value, error, bound, freedom, units):
    """The probability of an energy so far above its bound: the tail of a chi-square, or Student's where that is heavier."""
    if value <= bound:
        return 1.0
    z = (value - bound) / error
    return max(chdtrc(freedom, freedom + z * np.sqrt(2 * freedom)), stdtr(units, -z))


def stratum_energy(products, power, total):
    """Energy of a response whose size differs between strata, from products of different units.

    products [units, strata], power [strata] over all units. Returns the estimate and its p-value against MARGIN squared.
    """
    if len(products) > MOST_UNITS:
        products = np.add.reduceat(products, -(-np.arange(MOST_UNITS) * len(products) // MOST_UNITS))
    n = len(products)
    scaled = products[:, power > 0] / np.sqrt(power[power > 0] * total)
    gram = scaled @ scaled.T
    np.fill_diagonal(gram, 0)
    rows = gram.sum(1)
    mean = rows.mean()
    own = (rows - mean) / (n - 2)
    rest = gram - mean / (n - 1) - own[:, None] - own
    np.fill_diagonal(rest, 0)
    pairs = 2 * (n - 1) / (n - 3) * (rest**2).sum()
    response = 4 * n / (n - 1) * ((rows - mean) ** 2).sum()
    variance = pairs + max(0, response - 2 * pairs)
    skewness = 8 * max(0, (rest * (rest @ rest)).sum()) / variance**1.5
    freedom = np.clip(8 / max(skewness**2, 1e-9), 1, 1e4)
    value, error = (n / (n - 1) * x for x in (n * mean, np.sqrt(variance)))
    t = stdtrit(n - 1, 0.975)
    return (Estimate(value, (value - t * error, value + t * error), error, n),
            energy_tail(value, error, MARGIN**2, freedom, n - 1))


def strongest(numerators, denominators, bound=MARGIN, kind="within"):
    """The ratio of sums farthest beyond the bound in its own standard errors, or else from 0, of a family.

    numerators [units, members], denominators [units, members or 1]. Returns member, estimate and p-value (Bonferroni).
    """
    n = len(numerators)
    total = denominators.sum(0)
    # A member that one or two units hold nearly alone has no spread over units.
    valid = np.broadcast_to((total > 0) & (total**2 >= 3 * (denominators**2).sum(0)), numerators.shape[1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = numerators.sum(0) / total
        error = np.sqrt(n / (n - 1) * ((numerators - value * denominators) ** 2).sum(0)) / total
    size = np.abs(value) if kind == "within" else value
    with np.errstate(divide="ignore", invalid="ignore"):
        excess, distance = np.maximum(0, size - bound) / error, size / error
    excess, distance = (np.where(valid, x, -np.inf) for x in (excess, distance))
    member = np.flatnonzero(excess == excess.max())
    member = int(member[np.argmax(distance[member])])
    members = valid.sum()
    t = stdtrit(n - 1, 1 - 0.025 / members)
    v, e = value[member], error[member]
    found = Estimate(float(v), (v - t * e, v + t * e), float(e), n)
    return member, found, min(1.0, members * beyond(found, bound, kind))


def less(x, y):
    """The difference of two independent estimates; its interval is recovered from theirs (Zou and Donner, 2008)."""
    d = x.value - y.value
    lower = d - np.hypot(x.value - x.ci95[0], y.ci95[1] - y.value)
    upper = d + np.hypot(x.ci95[1] - x.value, y.value - y.ci95[0])
    return Estimate(d, (lower, upper), np.hypot(x.error, y.error), min(x.units, y.units))


def kolmogorov_tail(z):
    """P(K > z)."""
    if z < 1:
        return 1 - np.sqrt(2 * np.pi) / z * np.exp(-((np.array([1, 3, 5, 7]) * np.pi / z) ** 2) / 8).sum()
    j = np.arange(1, 5)
    return 2 * ((-1.0) ** (j - 1) * np.exp(-2 * (j * z) ** 2)).sum()


def f_tail(numerator, denominator, ratio):
    """P(F > ratio)."""
    return fdtrc(numerator, denominator, ratio)


def chi_square_tail(freedom, value):
    """P(X > value)."""
    return chdtrc(freedom, value)


def student_quantile(freedom, probability):
    """t with P(T < t) as given."""
    return stdtrit(freedom, probability)
