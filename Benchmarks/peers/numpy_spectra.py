#!/usr/bin/env python3
"""Ring spectra, transfer function and coherence of two stacks of images with BCa intervals over images, in NumPy and SciPy.

    numpy_spectra.py DIR [--rings 32] [--rounds 5] [--threads 2]

DIR holds e.npy and n.npy ([images, H, W], float32) and resamples.npy ([replicates, images], how often each resample holds
each image), as `Benchmarks spectra-data DIR` writes them. Prints one JSON line: seconds of each round and the numbers.

The definitions are those of `SpectralAccumulator`, `RingSpectra` and `BootstrapDistribution`. Written to be fast: blocks of
images that fit the cache, real transforms on all threads, rings as one sparse product per block, resampling as one
matrix product, statistics and percentiles of all rings at once.
"""
import argparse
import json
import time

import numpy as np
import scipy
import scipy.fft
import scipy.sparse
import scipy.special

BLOCK = 2  # images transformed at once: the fastest of 2, 4 and 8
CONFIDENCE = 0.95


class Rings:
    """Ring r holds rD < nu <= (r+1)D, D = 0.5/count cycles/pixel; the half plane counts each physical mode once."""

    def __init__(self, count, height, width):
        ky, kx = np.arange(height)[:, None], np.arange(width // 2 + 1)[None, :]
        fy = np.where(2 * ky > height, ky - height, ky) / height
        radius = np.sqrt(fy**2 + (kx / width) ** 2)
        self.count = count
        edge = (kx == 0) | (2 * kx == width)
        counted = ~edge | (2 * ky <= height)
        weight = np.where(edge & ((ky == 0) | (2 * ky == height)), 1.0, 2.0)
        ring = np.ceil(radius * 2 * count - 1e-9).astype(int) - 1
        inside = counted & (radius > 0) & (radius <= 0.5 + 1e-9)
        modes = np.flatnonzero(inside)
        self.sum = scipy.sparse.csr_array(
            (weight.ravel()[modes], (ring.ravel()[modes], modes)), shape=(self.count, radius.size))


def ring_sums(e, n, rings, threads):
    """[images, 4, rings]: sums of |E|^2, |N|^2, Re E N*, Im E N* under a Hann window, mean removed, over sum w^2."""
    images, height, width = e.shape
    hann = [0.5 - 0.5 * np.cos(2 * np.pi * np.arange(k) / k) for k in (height, width)]
    window = np.outer(*hann) / np.sqrt(np.sum(hann[0] ** 2) * np.sum(hann[1] ** 2))
    sums = np.empty((images, 4, rings.count))
    # One memory for all blocks: new pages would cost as much as the arithmetic.
    fields = np.empty((2, BLOCK, height, width))
    products = np.empty((BLOCK, 4, height, width // 2 + 1))
    scratch = np.empty((BLOCK, height, width // 2 + 1))
    for start in range(0, images, BLOCK):
        count = min(BLOCK, images - start)
        block, product, spare = fields[:, :count], products[:count], scratch[:count]
        block[0], block[1] = e[start:start + count], n[start:start + count]
        block -= block.mean(axis=(2, 3), keepdims=True)
        block *= window
        a, b = scipy.fft.rfft2(block, workers=threads)
        for k, (u, v, w, x, combine) in enumerate((
                (a.real, a.real, a.imag, a.imag, np.add), (b.real, b.real, b.imag, b.imag, np.add),
                (a.real, b.real, a.imag, b.imag, np.add), (a.imag, b.real, a.real, b.imag, np.subtract))):
            np.multiply(u, v, out=product[:, k])
            combine(product[:, k], np.multiply(w, x, out=spare), out=product[:, k])
        flat = product.reshape(count * 4, -1)
        sums[start:start + count] = (rings.sum @ flat.T).T.reshape(count, 4, rings.count)
    return sums


def draw(replicates, images):
    """[replicates, images]: how often each resample of all images holds each image."""
    drawn = np.random.default_rng(0).integers(images, size=(replicates, images))
    drawn += images * np.arange(replicates)[:, None]
    return np.bincount(drawn.ravel(), minlength=replicates * images).reshape(replicates, images).astype(np.float64)


def curves(totals):
    """[..., 4, rings] to [..., 2, rings]: |T| and squared coherence."""
    ee, nn, re, im = (totals[..., k, :] for k in range(4))
    cross = re**2 + im**2
    return np.stack([np.sqrt(cross) / nn, cross / (ee * nn)], axis=-2)


def bca(estimate, leave_one_out, replicates, confidence):
    """Ends of the bias-corrected and accelerated interval of every statistic; the first axis resamples."""
    replicates = np.sort(replicates, axis=0)
    below = (replicates < estimate).sum(0) + (replicates <= estimate).sum(0)
    shift = scipy.special.ndtri(below / (2 * len(replicates)))
    d = leave_one_out.mean(0) - leave_one_out
    acceleration = (d**3).sum(0) / (6 * (d**2).sum(0) ** 1.5)
    z = scipy.special.ndtri((1 + confidence) / 2)
    ends = []
    for step in (shift - z, shift + z):
        position = scipy.special.ndtr(shift + step / (1 - acceleration * step)) * (len(replicates) - 1)
        index = np.minimum(position.astype(int), len(replicates) - 2)
        low = np.take_along_axis(replicates, index[None], 0)[0]
        high = np.take_along_axis(replicates, index[None] + 1, 0)[0]
        ends.append(low + (position - index) * (high - low))
    return np.stack(ends)


def measure(e, n, resamples, ring_count, threads):
    start = time.perf_counter()
    rings = Rings(ring_count, *e.shape[1:])
    sums = ring_sums(e, n, rings, threads)
    spectra_seconds = time.perf_counter() - start
    draw(*resamples.shape)  # the other side's draws are used, so that the numbers can be compared
    totals = sums.sum(0)
    estimate = curves(totals)
    replicates = (resamples @ sums.reshape(len(sums), -1)).reshape((-1,) + totals.shape)
    ends = bca(estimate, curves(totals - sums), curves(replicates), CONFIDENCE)
    seconds = time.perf_counter() - start
    weight = rings.sum.sum(axis=1) * len(e)
    numbers = dict(power_e=totals[0] / weight, power_n=totals[1] / weight, transfer=estimate[0], coherence=estimate[1],
                   transfer_lower=ends[0, 0], transfer_upper=ends[1, 0], coherence_lower=ends[0, 1],
                   coherence_upper=ends[1, 1])
    return seconds, spectra_seconds, numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--rings", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    e, n = (np.load(f"{options.dir}/{name}.npy") for name in "en")
    resamples = np.load(f"{options.dir}/resamples.npy").astype(np.float64)
    rounds = [measure(e, n, resamples, options.rings, options.threads) for _ in range(options.rounds + 1)][1:]
    print(json.dumps(dict(
        peer=f"numpy {np.__version__}, scipy {scipy.__version__}", threads=options.threads, rings=options.rings,
        seconds=[r[0] for r in rounds], spectra_seconds=[r[1] for r in rounds],
        numbers={key: value.tolist() for key, value in rounds[0][2].items()})))


if __name__ == "__main__":
    main()
