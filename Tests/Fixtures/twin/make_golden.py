#!/usr/bin/env python3
"""Golden values of the PyTorch twin, as safetensors files that the tests read.

    pip install torch numpy safetensors
    python make_golden.py          writes case*.weights.safetensors and case*.golden.safetensors beside this script

Runs `torch_twin.py golden` (one thread) and stores its arrays with the versions in the metadata.
"""
import glob, os, subprocess, sys, tempfile

import numpy as np
import safetensors
import torch
from safetensors.numpy import load_file, save_file

here = os.path.dirname(os.path.abspath(__file__))
versions = {"torch": torch.__version__, "numpy": np.__version__, "safetensors": safetensors.__version__}
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, os.path.join(here, "torch_twin.py"), "golden", folder], check=True)
    for path in sorted(glob.glob(folder + "/*.npz")):
        arrays = {k: np.ascontiguousarray(v) for k, v in np.load(path).items()}
        name = os.path.basename(path).replace(".npz", ".safetensors")
        save_file(arrays, os.path.join(here, name), metadata=versions)
    for path in sorted(glob.glob(folder + "/*.weights.safetensors")):
        with safetensors.safe_open(path, "np") as file:
            metadata = dict(file.metadata(), **versions)
        save_file(load_file(path), os.path.join(here, os.path.basename(path)), metadata=metadata)
