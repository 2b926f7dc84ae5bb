#!/usr/bin/env python3
"""The suite of `leak-test --outputs` on saved outputs with every kind of evidence, in NumPy and SciPy.

    numpy_suite.py DIR [--threads 2] [--rounds 1]

DIR holds manifest.json as docs/your-own-model.md describes it. Prints one JSON line: rows {id, direction, estimate, ci95, p},
wall and processor seconds of each round, the share of each group of rows, and the seconds that importing took.

Written from the definitions in docs/THEORY.md and the doc comments of the checks, to be fast: all images of a direction at
once, real transforms on all threads, sums by bin counts, resampling as one matrix product. Fields are [images, H, W] float64.
For pairs of one shape and one channel, 6 subjects or more, no masked background. What only the figures show is not computed.
"""
import time

STARTED = time.perf_counter(), time.process_time()

import argparse  # noqa: E402
import contextlib  # noqa: E402
import json  # noqa: E402
import pathlib  # noqa: E402
from functools import cache, cached_property  # noqa: E402

import numpy as np  # noqa: E402
import scipy  # noqa: E402
import scipy.fft  # noqa: E402
import scipy.linalg  # noqa: E402
import scipy.ndimage  # noqa: E402
import scipy.sparse  # noqa: E402

from suite_statistics import (  # noqa: E402
    FEWEST, MARGIN, Estimate, Resampling, beyond, chi_square_tail, energy_tail, f_tail, kolmogorov_tail, less, stratum_energy,
    strongest, student_quantile,
)

IMPORTED = tuple(now - before for now, before in zip((time.perf_counter(), time.process_time()), STARTED))
ARRAYS = "prediction", "noisy", "clean", "repeat", "swapped_noisy", "swapped_prediction"
BINS = 32  # of like intensity
DISPLACEMENT = 32
TILE, BLOCK = 32, 8  # of leaks by place
SQUARE = 64  # tiles of spectra
MODE_TILE = 16  # tiles of leakage.spectrum and of functions of the noise
RING = 1 / 64
UPPER = 1 / 3  # cycles/pixel: the upper rings
SLACK = 1e-9  # of a ring, for radii that rounding moved
EULER = 0.5772156649015329
INJECTED = 0, 0.01, 0.05, 0.2
THREADS = 1


# Fields -----------------------------------------------------------------------------------------------------------------


def dot(u, v):
    """[images] sums over pixels of two fields [images, H, W]."""
    return np.einsum("nij,nij->n", u, v)


def columns(*products):
    """[images, terms] from pairs of fields."""
    return np.stack([dot(u, v) for u, v in products], axis=1)


class Ranks:
    """Pixels of like condition, image by image. condition [images, H, W] float32; equal values keep their order."""

    def __init__(self, condition):
        self.shape, (self.images, self.pixels) = condition.shape, (len(condition), condition[0].size)
        flat = np.ascontiguousarray(condition, np.float32).reshape(self.images, -1) + np.float32(0)  # -0 is 0
        self.condition = flat.astype(float)
        # One whole number holds value and position: sorting it is stable and several times faster than a stable argsort.
        bits = flat.view(np.uint32)
        keys = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64) << np.uint64(32)
        keys |= np.arange(self.pixels, dtype=np.uint64)
        keys.sort(axis=1)
        self.order = (keys & np.uint64(0xFFFFFFFF)).astype(np.intp)
        self.known = {}

    def spread(self, by_place):
        """[images, pixels]: what belongs to each place in ascending order, put where the pixels are."""
        result = np.empty((self.images, self.pixels), by_place.dtype)
        np.put_along_axis(result, self.order, np.broadcast_to(by_place, result.shape), 1)
        return result

    def equally_filled(self, count):
        """[images, H, W]: which of `count` bins each pixel is in."""
        return self.spread(np.arange(self.pixels) * count // self.pixels).reshape(self.shape)

    def members(self, fewest):
        """Labels [images, pixels] of bins of `fewest` pixels or more, apart for each image, with the pixels in each."""
        if fewest not in self.known:
            self.known[fewest] = self.labelled(fewest)
        return self.known[fewest]

    def labelled(self, fewest):
        bins = max(1, min(BINS, self.pixels // fewest))
        size = np.diff(np.arange(bins + 1) * self.pixels // bins)
        label = self.spread(np.repeat(np.arange(bins), size)) + bins * np.arange(self.images)[:, None]
        return label, np.tile(size, self.images).astype(float)

    @cached_property
    def line(self):
        """Condition less its mean in each bin [images, pixels], and one over its sum of squares [bins]."""
        label, size = self.members(64)
        middle = np.bincount(label.ravel(), self.condition.ravel()) / size
        distance = self.condition - middle[label]
        square = np.bincount(label.ravel(), (distance**2).ravel())
        return distance, np.divide(1, square, out=np.zeros_like(square), where=square > 1e-12 * middle**2 * size)

    def centred(self, field):
        """The field less a straight line over the conditions of each bin."""
        (label, size), (distance, inverse) = self.members(64), self.line
        values = field.reshape(self.images, -1)
        mean = np.bincount(label.ravel(), values.ravel()) / size
        slope = np.bincount(label.ravel(), (distance * values).ravel()) * inverse
        return (values - mean[label] - slope[label] * distance).reshape(self.shape)

    def scaled(self, field):
        """The field over its root mean square in each bin."""
        label, size = self.members(256)
        values = field.reshape(self.images, -1)
        root = np.sqrt(np.bincount(label.ravel(), (values**2).ravel()) / size)
        return (values * np.divide(1, root, out=np.zeros_like(root), where=root > 0)[label]).reshape(self.shape)

    @property
    def fitted(self):
        """Numbers that `centred` takes out of an image."""
        return 2 * max(1, min(BINS, self.pixels // 64))


def tile_edges(length, side):
    """Edges of tiles of about `side` that cover the length."""
    count = max(1, (length + side // 2) // side)
    return np.arange(count + 1) * length // count


def over_tiles(field, side):
    """Sums over tiles of about `side` pixels, and a function that gives each pixel its tile's number."""
    rows, cols = (tile_edges(length, side) for length in field.shape[1:])

    def spread(numbers):
        return np.repeat(np.repeat(numbers, np.diff(rows), -2), np.diff(cols), -1)
    return np.add.reduceat(np.add.reduceat(field, rows[:-1], 1), cols[:-1], 2), spread


def from_middle(length, side):
    """How far each pixel of an axis is from the middle of its tile."""
    edges = tile_edges(length, side)
    return np.concatenate([np.arange(a, b) - (a + b - 1) / 2 for a, b in zip(edges, edges[1:])])


def less_tile_planes(field, side):
    """The field minus its least-squares plane in each tile of about `side` pixels."""
    height, width = field.shape[1:]
    y, x = from_middle(height, side)[:, None], from_middle(width, side)[None, :]
    left = field.copy()
    for direction in (np.ones((height, width)), y + np.zeros(width), x + np.zeros((height, 1))):
        product, spread = over_tiles(field * direction, side)
        power, _ = over_tiles((direction**2)[None], side)
        left -= spread(np.divide(product, power, out=np.zeros_like(product), where=power > 0)) * direction
    return left


def remainder(field, other, side):
    """The field minus its regression on another in each tile of about `side` pixels."""
    product, spread = over_tiles(field * other, side)
    power, _ = over_tiles(other**2, side)
    return field - spread(np.divide(product, power, out=np.zeros_like(product), where=power > 0)) * other


def squares(field):
    """[images · tiles, 64, 64]: whole squares, centred in the image."""
    def edge(length):
        return (length - length // SQUARE * SQUARE) // 2, length // SQUARE
    (top, rows), (left, cols) = (edge(length) for length in field.shape[1:])
    tiles = field[:, top:top + rows * SQUARE, left:left + cols * SQUARE].reshape(-1, rows, SQUARE, cols, SQUARE)
    return tiles.swapaxes(2, 3).reshape(-1, SQUARE, SQUARE)


def turned(field):
    """The seven symmetries of the square other than the identity, each [images, H, W]; three of a rectangle."""
    other = [field.swapaxes(1, 2)] if field.shape[1] == field.shape[2] else []
    return [f[:, ::y, ::x] for f in [field] + other for y, x in ((1, 1), (-1, 1), (1, -1), (-1, -1))][1:]


def fourier(field):
    return scipy.fft.rfft2(field, workers=THREADS)


@cache
def half_plane(height, width):
    """Of each mode [H, W/2+1]: radius, points of the full plane that it stands for (0 where it repeats a conjugate)."""
    ky, kx = np.arange(height)[:, None], np.arange(width // 2 + 1)
    own = (kx == 0) | (2 * kx == width)
    weight = np.where(own & ((ky == 0) | (2 * ky == height)), 1.0, 2.0) * (~own | (2 * ky <= height))
    return np.hypot(np.where(2 * ky > height, ky - height, ky) / height, kx / width), weight


@cache
def ring_numbers(height, width):
    """Ring of each mode [H, W/2+1], ring r with r/64 < nu <= (r+1)/64; -1 for the mean, corners and conjugates."""
    radius, weight = half_plane(height, width)
    ring = np.ceil(radius / RING - SLACK).astype(int) - 1
    return np.where((weight > 0) & (radius > 0) & (radius <= 0.5 + SLACK), ring, -1)


@cache
def hann(height, width):
    """A periodic window over sqrt(sum w^2)."""
    window = np.outer(*(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(k) / k) for k in (height, width)))
    return window / np.sqrt((window**2).sum())


def tapered(field):
    """Transform under a Hann window, the mean removed."""
    return fourier((field - field.mean((1, 2), keepdims=True)) * hann(*field.shape[1:]))


@cache
def effective_modes(height, width):
    """[rings] independent modes of one field under a Hann window: (sum w)^2 / sum w w' |rho|^2, w half the weight."""
    ring, (_, weight) = ring_numbers(height, width), half_plane(height, width)
    wide = width // 2 + 1
    correlation = {0: 1.0, 1: 4 / 9, -1: 4 / 9, 2: 1 / 36, -2: 1 / 36}
    shared = np.zeros(ring.shape)
    for dy, along_y in correlation.items():
        moved, weights = np.roll(ring, dy, 0), np.roll(weight, dy, 0)
        for dx, along_x in correlation.items():
            here, there = slice(max(0, dx), wide + min(0, dx)), slice(max(0, -dx), wide + min(0, -dx))
            shared[:, here] += along_y * along_x * weights[:, there] * (moved[:, there] == ring[:, here])
    inside, count = ring >= 0, ring.max() + 1
    total = np.bincount(ring[inside], weight[inside], count)
    return total**2 / np.bincount(ring[inside], (weight * shared)[inside], count)


class Direction:
    """The fields of one direction, each computed once when first asked; target a is b->a."""

    def __init__(self, data, target):
        source = "ab"[target == "a"]
        self.name = f"{source}->{target}"
        self.x, self.f, self.c, self.repeat, self.x_swap, self.f_swap = (
            data[f"{key}_{target}"] for key in ("noisy", "prediction", "clean", "repeat", "swapped_noisy", "swapped_prediction"))
        self.source, self.source_clean = data[f"noisy_{source}"], data[f"clean_{source}"]
        self.range, self.variance = data["data_range"], data[f"sigma_{target}"] ** 2
        self.opposite = self.source_ranks = None

    @cached_property
    def n(self):
        return self.x - self.c

    @cached_property
    def e(self):
        return self.f - self.c

    @cached_property
    def r(self):
        return self.f - self.x

    @cached_property
    def ranks(self):
        return Ranks(self.c)

    @cached_property
    def z(self):
        """The target's noise less a line at like intensity."""
        return self.ranks.centred(self.n)

    @cached_property
    def error(self):
        """The error less a line at like intensity."""
        return self.ranks.centred(self.e)

    @cached_property
    def source_noise(self):
        return self.opposite.z if self.opposite else Ranks(self.source_clean).centred(self.source - self.source_clean)

    @cached_property
    def swap(self):
        """Change of the output and of the noise under the exchange."""
        return self.f - self.f_swap, self.x - self.x_swap

    @cached_property
    def ze(self):
        return self.z * self.error

    @cached_property
    def zz(self):
        return self.z**2


# Rows -------------------------------------------------------------------------------------------------------------------


def by_unit(rows, subjects):
    """[units, terms] from [images, terms]: images of one subject are added up."""
    names = list(dict.fromkeys(subjects))
    return rows if len(names) == len(rows) else np.equal.outer(names, subjects).astype(float) @ rows


class Suite:
    """Collects rows of one direction after the other."""

    def __init__(self, data):
        self.data, self.rows, self.resampling, self.seconds = data, [], Resampling(), {}
        subjects = len(set(data["heldout_subjects"]))
        if subjects < FEWEST:
            raise SystemExit(f"numpy_suite: {subjects} subjects; {FEWEST} or more are expected")
        self.sides = [Direction(data["heldout"], target) for target in "ab"]
        self.sides[0].opposite, self.sides[1].opposite = self.sides[1], self.sides[0]

    def units(self, rows):
        """[units, terms] from [images, terms]."""
        return by_unit(rows, self.data["heldout_subjects"])

    @cached_property
    def reach(self):
        """Whether noise runs along lines, and whether it reaches from tile to tile at all."""
        lines, smooth = reaches_far(np.concatenate([side.z for side in self.sides]))
        return lines, lines or smooth

    @contextlib.contextmanager
    def timed(self, group):
        began = time.perf_counter()
        yield
        self.seconds[group] = self.seconds.get(group, 0) + time.perf_counter() - began

    def add(self, name, direction, found, p=None):
        found = found if isinstance(found, Estimate) else Estimate(float(found))
        interval = found.ci95 and [float(end) for end in found.ci95]
        self.rows.append(dict(id=name, direction=direction, estimate=found.value, ci95=interval, p=p and float(p)))

    def ratio(self, name, d, rows, statistic=lambda s: s[..., 0] / s[..., 1], bound=None, kind="within"):
        """One row of a statistic of sums [images, terms]; the estimate is returned."""
        found = self.resampling.estimate(self.units(rows), statistic)
        self.add(name, d.name, found, None if bound is None else beyond(found, bound, kind))
        return found

    def family(self, name, d, numerators, denominators, bound=MARGIN, kind="within"):
        _, found, p = strongest(self.units(numerators), self.units(denominators), bound, kind)
        self.add(name, d.name, found, p)

    def energy(self, name, d, products, power, total=None):
        self.add(name, d.name, *stratum_energy(self.units(products), power, power.sum() if total is None else total))

    def run(self):
        for d in self.sides:
            for group in (regression, exchange, fresh, memory, displaced, spectrum, symmetry, moments, by_place, by_stratum,
                          ring_correlation, premises, placement, quality, coherence, noise_structure, decomposition,
                          residual_peaks, controls):
                with self.timed(group.__name__):
                    group(self, d)
        return self.rows


def regression(suite, d):
    z, e, m = d.z, d.error, d.source_noise
    terms = columns((e, z), (e, m), (z, z), (z, m), (m, m))
    suite.ratio("leakage.target.observed", d, terms[:, [0, 2]], bound=MARGIN)

    def coefficient(own, other, power):
        return lambda s: ((s[..., own] * s[..., power] - s[..., 3] * s[..., other])
                          / (s[..., 2] * s[..., 4] - s[..., 3] ** 2))
    suite.ratio("leakage.joint.target", d, terms, coefficient(0, 1, 4), bound=MARGIN)
    suite.ratio("leakage.joint.source", d, terms, coefficient(1, 0, 2))
    # The power over what centring left free.
    free = z[0].size / (z[0].size - d.ranks.fitted)
    suite.ratio("leakage.noise_floor", d, np.stack([dot(d.r, d.r), free * terms[:, 2]], 1), bound=1 - 2 * MARGIN, kind="above")


def exchange(suite, d):
    change, noise = d.swap
    terms = columns((change, noise), (noise, noise), (change, change))
    suite.ratio("leakage.target.swap", d, terms, bound=MARGIN)
    suite.ratio("leakage.total", d, terms[:, [2, 1]], bound=MARGIN**2, kind="below")


def fresh(suite, d):
    """By a further capture: z = w (x - x')/sqrt 2 with w one over the mean of (f - m)^2 at like m, the pixel left out."""
    change, middle = (d.x - d.repeat) / np.sqrt(2), (d.x + d.repeat) / 2
    ranks = Ranks(middle)
    distance = ranks.centred(d.f - middle)
    power, weight = distance**2, np.empty_like(middle)
    for value, square, result in zip(middle, power, weight):
        value, square = value.ravel(), square.ravel()
        ordered = np.sort(value)
        size, starts = max(2, value.size // 24), [0]
        while starts[-1] < value.size:
            # Equal intensities stay together; a rest of less than half a bin joins the last.
            end = min(starts[-1] + size, value.size)
            end = np.searchsorted(ordered, ordered[end - 1], "right")
            starts.append(value.size if value.size - end < size // 2 else end)
        bins = np.searchsorted(ordered[np.array(starts[1:]) - 1], value)
        count = np.diff(starts).astype(float)
        others = (np.bincount(bins, square)[bins] - square) / (count[bins] - 1)
        result.ravel()[:] = np.divide(1, others, out=np.zeros_like(others), where=others > 0)
    z = weight * change
    suite.ratio("leakage.target.fresh", d, columns((z, np.sqrt(2) * distance), (z, ranks.centred(change))), bound=MARGIN)


def memory(suite, d):
    """On training pairs less held-out pairs, each less what the exchange finds where the target is read."""
    if suite.data["training"] is None:
        return

    def products(side):
        change, noise = side.swap
        rows = columns((side.z, side.error), (side.z, side.z), (change, noise), (noise, noise))
        if not suite.data["reads_target"]:
            rows[:, 2] = 0
        return rows

    def beyond_exchange(s):
        return s[..., 0] / s[..., 1] - s[..., 2] / s[..., 3]
    trained = by_unit(products(Direction(suite.data["training"], d.name[-1])), suite.data["training_subjects"])
    found = less(*(suite.resampling.estimate(rows, beyond_exchange) for rows in (trained, suite.units(products(d)))))
    suite.add("leakage.memorised", d.name, found, beyond(found, MARGIN, "within"))


def displaced(suite, d):
    height, width = d.z.shape[1:]
    shape = [scipy.fft.next_fast_len(k + DISPLACEMENT, real=True) for k in (height, width)]
    z, e = (scipy.fft.rfft2(field, shape, workers=THREADS) for field in (d.z, d.error))
    products = scipy.fft.irfft2(z.conj() * e, shape, workers=THREADS)
    lags = np.arange(-DISPLACEMENT, DISPLACEMENT + 1)
    products = products[:, lags[:, None] % shape[0], lags % shape[1]]
    suite.family("leakage.displaced", d, products.reshape(len(products), -1), dot(d.z, d.z)[:, None])


def spectrum(suite, d):
    """At the modes of tiles of 16 pixels, real and imaginary parts, apart for tiles at the border and inside."""
    images, height, width = d.z.shape
    side = MODE_TILE
    rows, cols = -(-height // side), -(-width // side)

    def modes(field):
        padded = np.pad(field, ((0, 0), (0, rows * side - height), (0, cols * side - width)))
        return fourier(padded.reshape(images, rows, side, cols, side).swapaxes(2, 3).reshape(images, rows, cols, side, side))
    z, e = modes(d.z), modes(d.error)
    weight = np.full(side // 2 + 1, 2.0)
    weight[[0, -1]] = 1
    # A tile whose last row or column is the image's is at the border.
    inside = np.zeros((rows, cols), bool)
    inside[1:rows - 1, 1:cols - 1] = True
    cross, own = z.conj() * e * weight, (z.real**2 + z.imag**2) * weight
    regions = [~inside, inside]
    response = np.stack([cross[:, where].sum(1) for where in regions], 1)
    power = np.stack([own[:, where].sum((0, 1)) for where in regions])
    power = np.repeat(np.where(power > 1e-3 * power.max(), power, 0).ravel(), 2)
    suite.energy("leakage.spectrum", d, np.ascontiguousarray(response).view(float).reshape(images, -1), power, power.sum() / 2)


def symmetry(suite, d):
    products = np.stack([dot(d.z, moved) for moved in turned(d.error)], 1)
    suite.family("leakage.symmetry", d, products, dot(d.z, d.z)[:, None])


def moments(suite, d):
    z, m, e = d.z, d.source_noise, d.error

    def centred(field):
        return less_tile_planes(d.ranks.centred(field), MODE_TILE)

    def neighbour(rows, cols):
        height, width = z.shape[1:]
        there = np.zeros_like(z)
        there[:, max(0, -rows):height - max(0, rows), max(0, -cols):width - max(0, cols)] = (
            z[:, max(0, rows):height + min(0, rows), max(0, cols):width + min(0, cols)])
        return centred(z * there)
    size, sign = centred(np.abs(z)), centred(np.sign(z))
    own = remainder(e, m, MODE_TILE)
    functions = [(g, e) for g in (size, centred(d.zz), centred(d.zz * z), sign, centred(np.where(np.abs(d.ranks.scaled(z)) > 3, z, 0)))]
    functions += [(g, own) for g in (z * m, sign * m, size * m)]
    functions += [(neighbour(*h), e) for h in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))]
    power = dot(z, z)
    products = [dot(g, error) * np.sqrt(power / np.maximum(dot(g, g), 1e-300)) for g, error in functions]
    suite.family("leakage.moments", d, np.stack(products, 1), power[:, None])


def tile_terms(fields):
    """Energy, its variance, the sum of squares of the variance's parts, power and strata of one tile of all images.

    fields: z e and z^2, [images, h, w].
    """
    product, power = fields
    starts = [np.arange(0, length, BLOCK) for length in product.shape[1:]]
    y, x = (k.ravel() for k in np.indices([len(s) for s in starts]))
    apart = np.triu(np.maximum(abs(y[:, None] - y), abs(x[:, None] - x)) > 1).astype(float)

    def blocks(field):
        return np.add.reduceat(np.add.reduceat(field, starts[0], 1), starts[1], 2).reshape(len(field), -1)

    def pairs(block):
        return ((block @ apart) * block).sum(1)
    product, power = blocks(product), blocks(power)
    whole, weight = power.sum(1), pairs(power)
    used = (whole > 0) & (weight > 0)
    scale = whole[used] / (2 * weight[used])
    spread = 4 * scale**2 * pairs(product**2)[used]
    return (2 * scale * pairs(product)[used]).sum(), spread.sum(), (spread**2).sum(), np.maximum(whole, 0).sum(), used.sum()


def by_place(suite, d):
    """Each tile of 32 pixels of each image: products of blocks of 8 that do not touch, scaled to all pairs of blocks."""
    if suite.reach[1]:
        return
    edges = [tile_edges(length, TILE) for length in d.z.shape[1:]]
    parts = [tile_terms(field[:, top:bottom, left:right] for field in (d.ze, d.zz))
             for top, bottom in zip(edges[0], edges[0][1:]) for left, right in zip(edges[1], edges[1][1:])]
    energy, variance, fourth, total, strata = np.sum(parts, axis=0)
    value, error = energy / total, np.sqrt(variance) / total
    t = student_quantile(strata - 1, 0.975)
    freedom = np.clip(variance**2 / fourth, 1, 1e4)
    suite.add("leakage.by_place", d.name, Estimate(value, (value - t * error, value + t * error), error, strata),
              energy_tail(value, error, MARGIN**2, freedom, freedom))


def by_stratum(suite, d):
    images, height, width = d.z.shape
    y, x = np.arange(height)[:, None], np.arange(width)
    # Values of images are Float32, and so are their gradients: equal ones stay equal.
    padded = np.pad(d.c.astype(np.float32), ((0, 0), (1, 1), (1, 1)), mode="edge")
    gradient = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) ** 2 + (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) ** 2
    strata = dict(frame=(256, y * 16 // height * 16 + x * 16 // width), parity=(4, y % 2 * 2 + x % 2),
                  intensity=(16, d.ranks.equally_filled(16)), edges=(16, Ranks(gradient).equally_filled(16)))
    for kind, (count, stratum) in strata.items():
        label = (stratum + count * np.arange(images)[:, None, None]).ravel()
        products, power = (np.bincount(label, field.ravel(), count * images).reshape(images, count) for field in (d.ze, d.zz))
        suite.energy(f"leakage.by_{kind}", d, products, power.sum(0))


def ring_correlation(suite, d):
    """Fourier ring correlation of both directions' outputs, and the matched exchange."""
    other = d.opposite
    (change, noise), mean = d.swap, (d.f + d.f_swap) / 2
    g = (other.f + other.f_swap) / 2 - mean
    g -= g.mean((1, 2), keepdims=True)
    variance = (noise - noise.mean((1, 2), keepdims=True))
    terms = np.stack([dot(g, change), dot(g, noise), dot(variance, variance) / 2], 1)
    found = suite.resampling.estimate(terms, lambda s: s[..., 1] / s[..., 2])
    if found.ci95[0] > 0:
        leak = suite.resampling.estimate(terms, lambda s: s[..., 0] / s[..., 1])
        suite.add("leakage.frc.exchange", d.name, leak, beyond(leak, MARGIN, "within"))
    if d.name != "b->a":
        return
    ring, (_, weight) = ring_numbers(*d.f.shape[1:]), half_plane(*d.f.shape[1:])
    weight = np.where((ring * RING >= UPPER - 1e-12) & (ring >= 0), weight, 0)

    def sums(u, v):
        u, v = tapered(u), tapered(v)
        return np.stack([np.einsum("nij,ij->n", field, weight) for field in (
            u.real * v.real + u.imag * v.imag, u.real**2 + u.imag**2, v.real**2 + v.imag**2)], 1)

    def correlation(s, first=0):
        return s[..., first] / np.sqrt(s[..., first + 1] * s[..., first + 2])

    def difference(s):
        return (correlation(s) - correlation(s, 3)) / (1 - correlation(s, 3))
    same, swapped = sums(d.f, other.f), sums(d.f_swap, other.f_swap)
    suite.add("leakage.frc.curve", None, suite.resampling.estimate(same, correlation))
    suite.add("leakage.frc.difference", None, suite.resampling.estimate(np.hstack([same, swapped]), difference))


def premises(suite, d):
    z, m, n = d.z, d.source_noise, d.n
    suite.ratio("premise.independence", d, columns((z, m), (z, z), (m, m)),
                lambda s: s[..., 0] / np.sqrt(s[..., 1] * s[..., 2]), bound=0.02)
    power = dot(n, n)
    stated = np.full(len(n), d.variance * n[0].size)
    suite.ratio("decomposition.noise_power", d, np.stack([power, stated], 1), lambda s: s[..., 0] / s[..., 1] - 1, bound=0.02)
    # Deciles of every 16th clean value of all pairs, training ones too.
    edges = np.sort(suite.data["every_sixteenth"][d.name[-1]])
    edges = edges[np.minimum(len(edges) - 1, np.arange(1, 11) * len(edges) // 10)]
    label = np.minimum(np.searchsorted(edges, d.c), 9) + 10 * np.arange(len(n))[:, None, None]
    sums = np.bincount(label.ravel(), n.ravel(), 10 * len(n)).reshape(-1, 10) / np.sqrt(power.sum() / n.size)
    suite.family("decomposition.zero_mean", d, sums, np.bincount(label.ravel(), minlength=10 * len(n)).reshape(-1, 10), 0.05)
    v, change = d.repeat - d.c, d.x - d.repeat
    terms = suite.units(columns((n, n), (v, v), (n, v), (change, change)))
    routes = [suite.resampling.estimate(terms, route, comparisons=2) for route in (
        lambda s: (s[..., 1] - s[..., 0]) / s[..., 3], lambda s: -2 * s[..., 2] / s[..., 3])]
    worst = max(routes, key=lambda found: abs(found.value))
    suite.add("decomposition.reference", d.name, worst, min(1, 2 * beyond(worst, 0.02, "within")))


def placement(suite, d):
    """Orientation of the output, and whether outputs belong to their targets."""
    f, x = (field - field.mean((1, 2), keepdims=True) for field in (d.f, d.x))
    own = np.maximum(dot(f, x), 0)
    gain = np.stack([dot(moved, x) - own for moved in turned(f)], 1)
    suite.family("premise.orientation", d, gain, np.sqrt(dot(f, f) * dot(x, x))[:, None], 0.1, "below")
    cells = [-(-np.arange(16) * length // 16) for length in f.shape[1:]]
    sizes = np.outer(*(np.diff(c, append=length) for c, length in zip(cells, f.shape[1:])))

    def thumbnails(field):
        small = np.add.reduceat(np.add.reduceat(field, cells[0], 1), cells[1], 2) / sizes
        small -= small.mean(0)
        small -= small.mean((1, 2), keepdims=True)
        return small / np.maximum(np.sqrt(dot(small, small)), 1e-300)[:, None, None]
    outputs, targets = thumbnails(d.f), thumbnails(d.x)
    own = np.max([np.abs(dot(moved, targets)) for moved in [outputs] + turned(outputs)], 0)
    match = np.einsum("iyx,jyx->ij", outputs, targets)
    np.fill_diagonal(match, -np.inf)
    suite.add("premise.pairing", d.name, np.mean(match.max(1) > own + 0.1))


def quality(suite, d):
    f, x, e, n = d.f, d.x, d.e, d.n
    pixels = f[0].size
    risk, power = dot(e, e), dot(n, n)
    suite.ratio("quality.risk", d, np.stack([risk, power], 1))
    terms = np.stack([f.sum((1, 2)), x.sum((1, 2)), dot(f, f), dot(f, x), np.full(len(f), float(pixels))], 1)
    suite.ratio("quality.scale", d, terms, lambda s: (
        (s[..., 3] - s[..., 0] * s[..., 1] / s[..., 4]) / (s[..., 2] - s[..., 0] ** 2 / s[..., 4]) - 1))
    suite.ratio("quality.offset", d, terms, lambda s: (s[..., 1] - s[..., 0]) / s[..., 4] / d.range)
    change = f - d.source
    detail = d.source - scipy.ndimage.uniform_filter(d.source, (0, 3, 3), mode="nearest")
    suite.ratio("quality.identity", d, columns((change, change), (detail, detail)))
    suite.ratio("passthrough.source", d, columns((e, d.source_noise), (d.source_noise, d.source_noise)))
    decibels = 10 * np.log10(d.range**2 * pixels / np.stack([risk, power]))
    one = np.ones(len(f))
    for name, score in (("psnr", decibels[0]), ("psnr_gain", decibels[0] - decibels[1]), ("ssim", similarity(f, d.c, d.range))):
        found = suite.resampling.estimate(np.stack([score, one], 1), lambda s: s[..., 0] / s[..., 1])
        suite.add(f"quality.{name}", d.name, found)


def similarity(x, y, data_range):
    """[images] mean SSIM: Gaussian window of 11 x 11, sigma 1.5, inside the image."""
    taps = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)

    def band(length):
        return scipy.linalg.toeplitz(np.r_[taps, np.zeros(length - 11)], np.r_[taps[0], np.zeros(length - 11)]) / taps.sum()
    rows, cols = band(x.shape[1]), band(x.shape[2])

    def smooth(field):
        """[images, W - 10, H - 10]: one matrix product for each axis, of all images together."""
        along = field.reshape(-1, len(cols)) @ cols
        along = along.reshape(len(field), len(rows), -1).swapaxes(1, 2).reshape(-1, len(rows))
        return (along @ rows).reshape(len(field), cols.shape[1], -1)
    # A common offset leaves covariances as they are, and their differences of squares keep their digits.
    offset = y.mean((1, 2), keepdims=True)
    u, v = x - offset, y - offset
    mean_u, mean_v = smooth(u), smooth(v)
    variances = smooth(u**2 + v**2) - mean_u**2 - mean_v**2
    covariance = smooth(u * v) - mean_u * mean_v
    mean_u, mean_v = mean_u + offset, mean_v + offset
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    return ((2 * mean_u * mean_v + c1) * (2 * covariance + c2)
            / ((mean_u**2 + mean_v**2 + c1) * (variances + c2))).mean((1, 2))


def coherence(suite, d):
    """The ring least compatible with unrelated error and noise, as it is and without what the source's noise explains."""
    if suite.reach[0]:
        return
    e, n, m = (tapered(field) for field in (d.error, d.z, d.source_noise))
    ring, (_, weight) = ring_numbers(*d.z.shape[1:]), half_plane(*d.z.shape[1:])
    inside, count = ring >= 0, ring.max() + 1

    def rings(u, v):
        products = weight * np.einsum("nij,nij->ij", u, v.conj())
        return (np.bincount(ring[inside], products.real[inside], count)
                + 1j * np.bincount(ring[inside], products.imag[inside], count))
    ee, nn, mm = (rings(u, u).real for u in (e, n, m))
    en, em, mn = rings(e, n), rings(e, m), rings(m, n)
    modes = len(d.z) * effective_modes(*d.z.shape[1:])
    partial = np.abs(en - em * mn / mm) ** 2 / ((ee - np.abs(em) ** 2 / mm) * (nn - np.abs(mn) ** 2 / mm))
    power = nn / np.bincount(ring[inside], weight[inside], count)
    for name, values, spent in (("", np.abs(en) ** 2 / (ee * nn), 1), (".partial", partial, 2)):
        tested = (power > 1e-3 * power.max()) & (modes > spent)
        logarithm = np.where(tested, (modes - spent) * np.log1p(-values), np.inf)
        worst = np.argmin(logarithm)
        suite.add(f"spectrum.coherence{name}", d.name, values[worst], min(1, tested.sum() * np.exp(logarithm[worst])))


def power_maps(tiles, windowed=False):
    """[tiles, 64, 33] powers of the modes, each tile's over their mean without that of DC."""
    u = tapered(tiles) if windowed else fourier(tiles - tiles.mean((1, 2), keepdims=True))
    power = u.real**2 + u.imag**2
    power[:, 0, 0] = 0
    twice = np.full(power.shape[2], 2.0)
    twice[[0, -1]] = 1
    return power * ((SQUARE**2 - 1) / (power.sum(1) @ twice))[:, None, None]


class Peaks:
    """Modes of tiles that stand out of their neighbours 3 to 7 modes away, along each axis."""

    def __init__(self):
        side, half = SQUARE, SQUARE // 2
        ky, kx = np.indices((side, half + 1))
        row = np.where(2 * ky > side, ky - side, ky)
        weight = half_plane(side, side)[1]
        tested = (weight > 0) & (np.maximum(abs(row), kx) >= 8)
        self.modes = np.flatnonzero(tested.ravel())
        self.weight = weight.ravel()[self.modes]

        def folded(y, x):
            y, x = y % side, x % side
            conjugate = (2 * x > side) | (((x == 0) | (2 * x == side)) & (2 * y > side))
            return np.where(conjugate, -y % side, y) * (half + 1) + np.where(conjugate, -x % side, x)
        ky, kx = ky.ravel()[self.modes][:, None], kx.ravel()[self.modes][:, None]
        steps = np.r_[-7:-2, 3:8]
        self.sums = []
        for index in (folded(ky + steps, kx), folded(ky, kx + steps)):
            index.sort(axis=1)
            y, x = index // (half + 1), index % (half + 1)
            # Each physical mode once, none of the lattices of 2, 4 and 8, of which DC is one.
            used = np.c_[np.ones(len(index), bool), np.diff(index) > 0] & ((y % (side // 8) != 0) | (x % (side // 8) != 0))
            weights = np.where(used, weight.ravel()[index], 0)
            self.sums.append((index, weights, weights.sum(1)))

    def prominence(self, power):
        """[modes] of a map [64, 33]: power over that of the louder neighbourhood, and the power over each."""
        flat = power.ravel()
        backgrounds = [(flat[index] * weights).sum(1) / total for index, weights, total in self.sums]
        return flat[self.modes] / np.maximum(*backgrounds), [flat[self.modes] / b for b in backgrounds]

    def probability(self, ratios, fields, windowed):
        """[modes] p-value of each mode, over all of them."""
        shrink = 1.9444 if windowed else 1
        tails = [f_tail(fields * self.weight, fields * total / shrink, ratio) for ratio, (_, _, total) in zip(ratios, self.sums)]
        return np.minimum(1, len(self.modes) * np.maximum(*tails))


@cache
def peak_search():
    return Peaks()


def least_likely(prominence, p):
    """The mode of the smallest p-value; of several the most prominent."""
    ties = np.flatnonzero(p == p.min())
    return ties[np.argmax(prominence[ties])]


def residual_peaks(suite, d):
    search = peak_search()
    maps = [power_maps(squares(field), windowed=True) for field in (d.r, d.f, d.x)]
    (prominence, ratios), (output, _), (target, _) = (search.prominence(power.mean(0)) for power in maps)
    own = output >= target
    p = np.where(own, search.probability(ratios, len(maps[0]), True), np.inf)
    worst = least_likely(np.where(own, prominence, 0), p)
    suite.add("residual.peaks", d.name, prominence[worst], p[worst])


def noise_structure(suite, d):
    """Whiteness of the target's noise by three tests, and four numbers of its structure, on tiles of 64 pixels."""
    tiles = squares(d.ranks.scaled(d.z))
    tiles -= tiles.mean((1, 2), keepdims=True)
    fields, pixels = len(tiles), SQUARE**2
    power = power_maps(tiles).mean(0)
    radius, weight = half_plane(SQUARE, SQUARE)
    both = weight.ravel() == 2
    share = power.ravel()[both][np.argsort(radius.ravel()[both], kind="stable")].cumsum()
    modes = len(share)
    distance = np.abs(share[:-1] / share[-1] - np.arange(1, modes) / modes).max()
    found = [(distance, kolmogorov_tail(np.sqrt((modes - 1) * fields) * distance))]
    lags = [(dy, dx) for dy in range(4) for dx in range(-3, 4) if dy > 0 or dx > 0]
    own = dot(tiles, tiles)
    rho = np.array([(lagged(tiles, dy, dx) / own).mean() for dy, dx in lags])
    pairs = np.array([(SQUARE - dy) * (SQUARE - abs(dx)) for dy, dx in lags])
    statistic = pixels * fields * (pixels * fields + 2) * (rho**2 / (pairs * fields)).sum()
    found.append((rho[np.argmax(rho**2 / pairs)], chi_square_tail(len(lags), statistic)))
    search = peak_search()
    prominence, ratios = search.prominence(power)
    p = search.probability(ratios, fields, False)
    worst = least_likely(prominence, p)
    found.append((prominence[worst], p[worst]))
    value, p = min(found, key=lambda pair: pair[1])
    suite.add("noise.whiteness", d.name, value, min(1, 3 * p))

    tiles = squares(d.ranks.scaled(d.n))
    tiles -= tiles.mean((1, 2), keepdims=True)
    powers = power_maps(tiles).reshape(fields, -1)[:, both]
    mean = powers.mean(1)
    moran = (pixels / (2 * SQUARE * (SQUARE - 1)) * (lagged(tiles, 0, 1) + lagged(tiles, 1, 0)) / dot(tiles, tiles)
             + 1 / (pixels - 1))
    rows = np.stack([
        moran, np.exp(np.log(powers / mean[:, None]).mean(1) + EULER),
        powers.max(1) / powers.sum(1) * modes / (np.log(modes) + EULER), effective_pixels(tiles) / pixels], 1)
    rows = np.c_[rows, np.ones(fields)]
    if suite.reach[1]:
        rows = rows.reshape(len(d.z), -1, 5).sum(1)
    for k, name in enumerate(("neighbours", "flatness", "peak", "pixels")):
        suite.add(f"noise.structure.{name}", d.name,
                  suite.resampling.estimate(rows[:, [k, 4]], lambda s: s[..., 0] / s[..., 1]))


def lagged(tiles, dy, dx):
    """[tiles] sums of u(y, x) u(y + dy, x + dx)."""
    height, width = tiles.shape[1:]
    return dot(tiles[:, :height - dy, max(0, -dx):width - max(0, dx)], tiles[:, dy:, max(0, dx):width + min(0, dx)])


@cache
def lag_rings(side, size):
    """Of the lags [size, side] of a transform, dx from 0 and dy wrapped around: whole distances, pairs over pixels, and the
    matrix of means over each distance below the side. A lag with dx above 0 stands for two."""
    dy = np.where(np.arange(size) < side, np.arange(size), np.arange(size) - size)[:, None]
    dx = np.arange(side)
    overlap = np.maximum(0, 1 - abs(dy) / side) * (1 - dx / side)
    distance = np.where(overlap > 0, np.rint(np.hypot(dy, dx)), size).astype(int).ravel()
    twice = np.broadcast_to(np.where(dx > 0, 2.0, 1.0), overlap.shape).ravel()
    inside = np.flatnonzero(distance < side)
    count = np.bincount(distance[inside], twice[inside])
    share = twice[inside] / count[distance[inside]] / overlap.ravel()[inside]
    means = scipy.sparse.csr_array((share, (distance[inside], inside)), (side, distance.size))
    return distance, np.divide(twice, overlap.ravel(), out=np.zeros_like(twice), where=overlap.ravel() > 0), means


def effective_pixels(tiles):
    """[tiles] N_eff for products of two such fields (Clifford, Richardson and Hemon, 1989)."""
    side = tiles.shape[1]
    size = scipy.fft.next_fast_len(2 * side - 1, real=True)
    u = scipy.fft.rfft2(tiles, (size, size), workers=THREADS)
    products = scipy.fft.irfft2(u.real**2 + u.imag**2, (size, size), workers=THREADS)[:, :, :side]
    distance, weight, means = lag_rings(side, size)
    # The autocorrelation times the share of pairs that there are: its square over that share is what is added up.
    rho = products.reshape(len(tiles), -1) / products[:, 0, 0][:, None]
    lost = np.abs(means @ rho.T).T < 2 / side
    cutoff = np.where(lost.any(1), lost.argmax(1), side)
    near = distance < cutoff.max()
    return side**2 / (weight[near] * (distance[near] < cutoff[:, None]) * rho[:, near] ** 2).sum(1)


def reaches_far(noise):
    """Whether noise [images, H, W] runs along lines, and whether it is smooth over 8 pixels."""
    lines = smooth = False

    def is_long(product, square, first, second):
        return product > 0.1 * np.sqrt(first * second) and product > 3 * np.sqrt(square)
    for field in (noise, noise.swapaxes(1, 2)):
        images, height, width = field.shape
        rows, cols = height // 16, width // 16
        profiles = field[:, :rows * 16, :cols * 16].reshape(images, rows, 16, cols, 16).sum(4)
        gram = np.einsum("nrkc,nrkd->nrcd", profiles, profiles, optimize=True)
        first, second = np.triu_indices(cols, 2)
        product, power = gram[..., first, second], np.einsum("nrcc->nrc", gram)
        lines |= is_long(product.sum(), (product**2).sum(), power[..., first].sum(), power[..., second].sum())
        near, far = field[:, :, :-8], field[:, :, 8:]
        blocks = np.add.reduceat(np.add.reduceat(near * far, np.arange(0, height, 16), 1), np.arange(0, width - 8, 16), 2)
        smooth |= is_long(blocks.sum(), (blocks**2).sum(), (near**2).sum(), (far**2).sum())
    return lines, smooth


def decomposition(suite, d):
    e, n, r = d.e, d.n, d.r
    loss, risk, power, cross = dot(r, r), dot(e, e), dot(n, n), dot(e, n)
    suite.add("decomposition.identity", d.name, np.max(np.abs(loss - risk - power + 2 * cross) / (loss + risk + power)))
    suite.ratio("decomposition.cross_term", d, np.stack([cross, power], 1))
    stated = np.full(len(n), d.variance * n[0].size)
    suite.ratio("decomposition.risk", d, np.stack([loss, risk, stated], 1), lambda s: (s[..., 0] - s[..., 1]) / s[..., 2] - 1)
    other = d.opposite
    terms = columns((r, other.r), (r, r), (other.r, other.r))
    suite.ratio("residual.cross_correlation", d, terms, lambda s: s[..., 0] / np.sqrt(s[..., 1] * s[..., 2]))


def controls(suite, d):
    """Leaks of known size: f = c + h * g + leak n, h the binomial filter, g white noise of the power of n."""
    n = d.n
    g = suite.resampling.generator.standard_normal(n.shape) * np.sqrt(dot(n, n) / n[0].size)[:, None, None]
    for axis in (1, 2):
        g = (np.roll(g, 1, axis) + 2 * g + np.roll(g, -1, axis)) / 4
    noise = d.swap[1]
    for leak in INJECTED:
        f, moved = (np.float32(d.c + g + leak * (x - d.c)).astype(float) for x in (d.x, d.x_swap))
        suite.ratio(f"control.observed.{leak}", d, columns((d.ranks.centred(f - d.c), d.z), (d.z, d.z)))
        if leak == 0:
            suite.rows.append(suite.rows[-1] | dict(id="control.none"))
        suite.ratio(f"control.swap.{leak}", d, columns((f - moved, noise), (noise, noise)))


# Reading and writing ----------------------------------------------------------------------------------------------------


def read(folder):
    """The arrays of each split [images, H, W] by the manifest's keys, training pairs as many as there are held-out ones."""
    folder = pathlib.Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    archives = {}

    def array(entry, key):
        file, _, member = entry[key].partition(":")
        if member:
            archives.setdefault(file, np.load(folder / file))
        values = archives[file][member] if member else np.load(folder / file)
        return np.float32(values).reshape(values.shape[:2])
    splits = {name: [p for p in manifest["pairs"] if p.get("split", "heldout") == name] for name in ("heldout", "training")}
    keys = [f"{name}_{domain}" for name in ARRAYS for domain in "ab"]
    missing = {key for pairs in splits.values() for pair in pairs for key in keys if key not in pair}
    if missing:
        raise SystemExit(f"numpy_suite: {folder} lacks {', '.join(sorted(missing))}; every kind of evidence is expected")
    data = dict(reads_target=manifest.get("reads_target", True))
    stated = {key: manifest[key] for key in ("data_range", "sigma_a", "sigma_b")}
    for name, pairs in splits.items():
        used = pairs[:len(splits["heldout"])]
        data[f"{name}_subjects"] = np.array([p.get("subject", p["id"]) for p in used])
        data[name] = {key: np.stack([array(p, key) for p in used]).astype(float) for key in keys} | stated if used else None
    data["every_sixteenth"] = {domain: np.concatenate([
        array(p, f"clean_{domain}").ravel()[::16] for p in manifest["pairs"]]) for domain in "ab"}
    return data


def main():
    global THREADS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    THREADS = options.threads
    wall, processor = [], []
    for _ in range(options.rounds):
        began = time.perf_counter(), time.process_time()
        data = read(options.dir)
        reading = time.perf_counter() - began[0]
        suite = Suite(data)
        rows = suite.run()
        wall.append(time.perf_counter() - began[0])
        processor.append(time.process_time() - began[1])
        for table in (half_plane, ring_numbers, hann, effective_modes, peak_search, lag_rings):
            table.cache_clear()
    print(json.dumps(dict(
        peer=f"numpy {np.__version__}, scipy {scipy.__version__}", threads=options.threads, seconds=wall, processor=processor,
        import_seconds=IMPORTED[0], import_processor=IMPORTED[1],
        parts=dict(reading=reading) | suite.seconds, rows=rows)))


if __name__ == "__main__":
    main()
