"""Writes TIFF stacks with tifffile, and what tifffile reads back from each: stacks.json.

    python make.py        (NumPy and tifffile; their versions are in the JSON file)
"""
import json
import pathlib

import numpy as np
import tifffile

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
cases = {}


def write(name, array, **options):
    tifffile.imwrite(here / name, array, **options)
    back = tifffile.imread(here / name)
    pages = back if back.ndim > 2 else back[None]
    cases[name] = {"shape": list(pages.shape), "values": [float(v) for v in pages.ravel()]}


write("uint16.tif", rng.integers(0, 60000, (3, 5, 7)).astype(np.uint16), photometric="minisblack")
write("uint8-big.tif", rng.integers(0, 255, (4, 6)).astype(np.uint8), byteorder=">")
write("int32-big.tif", rng.integers(-9, 9, (2, 4, 6)).astype(np.int32), byteorder=">", photometric="minisblack")
write("float32-deflate.tif", rng.normal(size=(2, 9, 8)).astype(np.float32), compression="zlib", photometric="minisblack")
write("float64.tif", rng.normal(size=(5, 4)))
write("uint16-tiled.tif", rng.integers(0, 60000, (2, 20, 37)).astype(np.uint16), tile=(16, 16), photometric="minisblack")
write("rgb.tif", rng.integers(0, 255, (2, 6, 5, 3)).astype(np.uint8), photometric="rgb")
(here / "stacks.json").write_text(
    json.dumps({"numpy": np.__version__, "tifffile": tifffile.__version__, "files": cases}, indent=1) + "\n"
)
