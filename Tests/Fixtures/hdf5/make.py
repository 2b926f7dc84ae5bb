"""Writes HDF5 files with h5py, and what h5py reads back from each: volumes.json.

    python make.py        (NumPy and h5py; their versions are in the JSON file)
"""
import json
import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
cases = {}


def open_new(name):
    # The first file format, which every libhdf5 reads; newest.h5 has the newest of 1.10.
    bounds = ("v108", "v110") if name == "newest.h5" else ("earliest", "v108")
    return h5py.File(here / name, "w", libver=bounds)


def expect(name, back):
    parts = np.stack([back.real, back.imag], -1) if np.iscomplexobj(back) else back
    cases[name] = {"shape": list(parts.shape), "values": [float(v) for v in parts.ravel()]}


def write(name, array, dataset="captures", **options):
    with open_new(name) as file:
        file.create_dataset(dataset, data=array, **options)
    with h5py.File(here / name) as file:
        expect(name, file[dataset][()])


write("uint16.h5", rng.integers(0, 60000, (3, 5, 7)).astype(np.uint16))
write("int32-big.h5", rng.integers(-9, 9, (2, 4, 6)).astype(">i4"))
write("float32-big.h5", rng.normal(size=(2, 4, 3)).astype(">f4"))
write("float16.h5", rng.normal(size=(2, 4, 3)).astype(np.float16))
write("uint8-deflate.h5", rng.integers(0, 9, (3, 20, 37)).astype(np.uint8), chunks=(1, 16, 16), compression="gzip", shuffle=True, fletcher32=True)
write("float64-fortran.h5", np.asfortranarray(rng.normal(size=(5, 4))))
write("bool.h5", rng.integers(0, 2, (4, 6)).astype(bool))
write("complex64.h5", (rng.normal(size=(2, 3, 4)) + 1j * rng.normal(size=(2, 3, 4))).astype(np.complex64))
write("complex128-big.h5", (rng.normal(size=(2, 3, 4)) + 1j * rng.normal(size=(2, 3, 4))).astype(">c16"))
write("newest.h5", rng.normal(size=(3, 4, 5)).astype(np.float32), chunks=(1, 4, 5), compression="gzip")

# As in fastMRI: k-space beside its reconstruction and a mask; the reconstruction is taken.
with open_new("fastmri.h5") as file:
    file["kspace"] = (rng.normal(size=(2, 3, 6, 5)) + 1j * rng.normal(size=(2, 3, 6, 5))).astype(np.complex64)
    file["mask"] = np.ones(5, np.float32)
    file["reconstruction_rss"] = rng.normal(size=(2, 4, 4)).astype(np.float32)
    file["ismrmrd_header"] = "<xml/>"
    file.attrs["acquisition"] = "CORPD_FBK"
    expect("fastmri.h5", file["reconstruction_rss"][()])

# One group for each slice.
with open_new("slices.h5") as file:
    slices = rng.normal(size=(3, 4, 5)).astype(np.float32)
    for k in (2, 0, 1):
        file[f"slice_{k}/image"] = slices[k]
        file[f"slice_{k}/position"] = "text"
    expect("slices.h5", slices)

# What is refused.
with open_new("two.h5") as file:
    file["first"] = np.zeros((2, 3, 3))
    file["second"] = np.zeros((2, 3, 3))
with open_new("uneven.h5") as file:
    file["s1/image"] = np.zeros((3, 3))
    file["s2/image"] = np.zeros((3, 4))
with open_new("external-link.h5") as file:
    file["captures"] = h5py.ExternalLink("uint16.h5", "/captures")
with open_new("external-data.h5") as file:
    file.create_dataset("captures", (2, 3, 3), "f4", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)])
with h5py.File(here / "virtual.h5", "w", libver=("v110", "v110")) as file:
    layout = h5py.VirtualLayout((1, 3, 5, 7), "u2")
    layout[0] = h5py.VirtualSource("uint16.h5", "captures", (3, 5, 7))
    file.create_virtual_dataset("captures", layout)
with open_new("huge.h5") as file:
    file.create_dataset("captures", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024))
with open_new("text.h5") as file:
    file["captures"] = "no numbers"
with open_new("cycle.h5") as file:
    for name in "abcd":
        file[f"group/{name}"] = file["/"]
with open_new("filter.h5") as file:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((1, 8, 8))
    plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)  # Zstandard, by a filter that is not there
    space = h5py.h5s.create_simple((2, 8, 8))
    dataset = h5py.h5d.create(file.id, b"captures", h5py.h5t.IEEE_F32LE, space, plist)
    dataset.write_direct_chunk((0, 0, 0), bytes(100))

(here / "volumes.json").write_text(
    json.dumps({"numpy": np.__version__, "h5py": h5py.__version__, "hdf5": h5py.version.hdf5_version, "files": cases}, indent=1) + "\n"
)
