#!/usr/bin/env python3
"""One image through the source's encoder and the target's decoder in PyTorch, without skips, as `Benchmarks denoise` does it.

    torch_denoise.py DIR --case small|medium|wide [--threads 2] [--runs 3]

DIR holds CASE.pt and image.npy of `Benchmarks denoise-data`, and CASE.npy, the other side's output. One JSON line: seconds of
each run after one that is not counted, peak memory, largest difference of a pixel from CASE.npy.
"""
import argparse
import json
import re
import resource
import time

import numpy as np
import torch

from torch_step import CASES, Network


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    widths, latent, _ = CASES[options.case]
    network = Network(widths, latent).eval()
    weights = torch.load(f"{options.dir}/{options.case}.pt", weights_only=True)
    network.load_state_dict({re.sub(r"levels\.(\d+)\.up\.", r"ups.\1.", name): w for name, w in weights.items()})
    image = torch.from_numpy(np.load(f"{options.dir}/image.npy").astype(np.float32))[None, None, :, :, 0]
    seconds = []
    with torch.inference_mode():
        for _ in range(options.runs + 1):
            start = time.perf_counter()
            output = network.decoder_b(network.encoder(image)[0])
            seconds.append(time.perf_counter() - start)
    theirs = np.load(f"{options.dir}/{options.case}.npy")[:, :, 0]
    print(json.dumps(dict(
        peer=f"torch {torch.__version__} eager", case=options.case, threads=options.threads, seconds=sorted(seconds[1:]),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        difference=float(np.abs(output[0, 0].numpy() - theirs).max()))))


if __name__ == "__main__":
    main()
