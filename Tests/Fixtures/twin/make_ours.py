#!/usr/bin/env python3
"""A checkpoint of ours and what the PyTorch twin makes of it.

    make build && pip install torch numpy safetensors
    python make_ours.py           (from anywhere) writes ours.safetensors and ours.golden.safetensors beside this script

Trains one epoch of a tiny network with `n2n-analyze train`, runs the checkpoint through `torch_twin.py forward` on random images,
and stores inputs and outputs with the versions in the metadata. Checks that `n2n-analyze forward` gives the same within 1e-5.
"""
import json, os, shutil, subprocess, sys, tempfile

import numpy as np
import safetensors
import torch
from safetensors.numpy import save_file

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.abspath(os.path.join(here, "..", "..", ".."))
program = os.path.join(root, ".build", "release", "n2n-analyze")
configuration = {
    "seed": 5,
    "data": {"source": "photos", "data_range": 2, "held_out": ["camera"], "crops_per_image": 2},
    "noise": {"type": "gaussian", "sigma_a": 0.2, "sigma_b": 0.2, "realisation": "stored"},
    "features": [8, 8], "latent_channels": 8, "cross_domain_strategy": "use_target_skip",
    "learning_rate": 1e-2, "batch_size": 4, "crop_size": 32, "epochs": 1,
}

with tempfile.TemporaryDirectory() as folder:
    path = lambda name: os.path.join(folder, name)
    with open(path("tiny.json"), "w") as file:
        json.dump(configuration, file)
    subprocess.run([program, "train", "--config", path("tiny.json"), "--run-dir", path("run"), "--threads", "1"], cwd=root, check=True)
    checkpoint = os.path.join(here, "ours.safetensors")
    shutil.copyfile(path("run/checkpoints/last.safetensors"), checkpoint)
    random = np.random.default_rng(7)
    inputs = {name: random.standard_normal((2, 1, 12, 20)).astype("float32") for name in ("xa", "xb")}
    np.savez(path("in.npz"), **inputs)
    twin = os.path.join(here, "torch_twin.py")
    subprocess.run([sys.executable, twin, "forward", checkpoint, path("in.npz"), path("theirs.npz")], check=True)
    subprocess.run([program, "forward", checkpoint, path("in.npz"), path("ours.npz")], check=True)
    theirs, ours = (dict(np.load(path(name))) for name in ("theirs.npz", "ours.npz"))
    assert set(ours) <= set(theirs)
    for name in ours:
        error = np.abs(ours[name] - theirs[name]).max() / np.abs(theirs[name]).max()
        print(name, ours[name].shape, f"largest difference {error:.1e} of the largest value")
        assert error < 1e-5
    versions = {"torch": torch.__version__, "numpy": np.__version__, "safetensors": safetensors.__version__}
    arrays = {name: np.ascontiguousarray(value) for name, value in {**inputs, **{name: theirs[name] for name in ours}}.items()}
    save_file(arrays, os.path.join(here, "ours.golden.safetensors"), metadata=versions)
