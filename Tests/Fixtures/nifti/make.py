"""Writes NIfTI-1 files with nibabel, and what nibabel reads back from each: volumes.json.

    python make.py        (NumPy and nibabel; their versions are in the JSON file)
"""
import json
import pathlib

import nibabel
import numpy as np

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
cases = {}


def write(name, array, byteorder="<", slope=None, intercept=None):
    header = nibabel.Nifti1Header(endianness=byteorder)
    header.set_data_dtype(array.dtype)
    image = nibabel.Nifti1Image(array, np.eye(4), header)
    if slope is not None:
        image.header.set_slope_inter(slope, intercept)
    nibabel.save(image, here / name)
    back = np.asarray(nibabel.load(here / name).dataobj)
    parts = np.stack([back.real, back.imag], -1) if np.iscomplexobj(back) else back
    order = tuple(range(back.ndim))[::-1] + ((back.ndim,) if np.iscomplexobj(back) else ())
    turned = parts.transpose(order)
    cases[name] = {"shape": list(turned.shape), "values": [float(v) for v in turned.ravel()]}


write("int16.nii", rng.integers(-300, 300, (5, 4, 3, 2)).astype(np.int16))
write("uint8-big.nii", rng.integers(0, 255, (3, 4)).astype(np.uint8), ">")
write("float32-big.nii", rng.normal(size=(4, 3, 2)).astype(np.float32), ">")
write("float64.nii.gz", rng.normal(size=(4, 3, 2, 2)))
write("complex64.nii.gz", (rng.normal(size=(3, 2)) + 1j * rng.normal(size=(3, 2))).astype(np.complex64))
write("scaled.nii.gz", rng.integers(0, 100, (4, 5)).astype(np.int16), slope=0.5, intercept=-3)
(here / "volumes.json").write_text(
    json.dumps({"numpy": np.__version__, "nibabel": nibabel.__version__, "files": cases}, indent=1) + "\n"
)
