"""A Gaussian filter as an external program: python infer.py INPUT.npz OUTPUT.npy [leak=0.1] [crash|hang|shape|nan|random|child|silent]"""
import sys, time
import numpy as np

arrays = np.load(sys.argv[1])
options = sys.argv[3:]
leak = sum(float(o[5:]) for o in options if o.startswith("leak="))
if "crash" in options:
    raise RuntimeError("the weights are missing")
if "child" in options:  # a child that outlives its parent
    import subprocess
    subprocess.Popen(["sleep", "4321"])
if "hang" in options:
    time.sleep(4321)
x, kernel = arrays["source"], np.exp(-0.5 * (np.arange(-3, 4) / 0.8) ** 2)
for axis in (2, 3):
    x = sum(w * np.roll(x, k - 3, axis) for k, w in enumerate(kernel / kernel.sum()))
x = x + leak * arrays["target"]
if "random" in options:
    x = x + np.random.default_rng().normal(size=x.shape)
if "nan" in options:
    x[0, 0, 0, 0] = np.nan
if "silent" not in options:
    np.save(sys.argv[2], x[:, :, 1:] if "shape" in options else x.astype(np.float32))
