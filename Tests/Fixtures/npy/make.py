"""Arrays of every type, order and version that NumPyFile reads, and archives.

Run: python make.py   (writes *.npy, *.npz and expected.json beside itself)
"""
import io
import json
import pathlib
import zipfile

import numpy

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(11)
expected = {"made_by": f"numpy {numpy.__version__}", "files": {}}


def values(array):
    if numpy.iscomplexobj(array):
        array = numpy.stack([array.real, array.imag], axis=-1)
    return {"shape": list(array.shape), "values": array.astype(numpy.float64).ravel().tolist()}


for code in ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]:
    for order in "<>":
        dtype = numpy.dtype(code).newbyteorder(order)
        raw = random.normal(0, 50, (2, 3, 4))
        if code[0] == "c":
            raw = raw + 1j * random.normal(0, 1, raw.shape)
        array = (raw > 0) if code == "?" else (abs(raw) if code[0] == "u" else raw)
        array = array.astype(dtype)
        for layout in "CF":
            name = f"{code.replace('?', 'bool')}_{'little' if order == '<' else 'big'}_{layout}"
            numpy.save(here / f"{name}.npy", numpy.array(array, order=layout))
            expected["files"][name] = values(array)

for version in (2, 3):
    array = random.normal(size=(3, 2)).astype(numpy.float32)
    with open(here / f"version{version}.npy", "wb") as file:
        numpy.lib.format.write_array(file, array, version=(version, 0))
    expected["files"][f"version{version}"] = values(array)
for name, array in {"scalar": numpy.float32(1.5), "vector": numpy.arange(5.0), "empty": numpy.zeros((0, 3))}.items():
    numpy.save(here / f"{name}.npy", array)
    expected["files"][name] = values(numpy.asarray(array))
numpy.save(here / "refused_structured.npy", numpy.zeros(2, [("a", "f4"), ("b", "i4")]))
numpy.save(here / "refused_object.npy", numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
numpy.save(here / "refused_text.npy", numpy.array(["abc"]))

xa, xb = random.normal(size=(1, 1, 4, 5)).astype(numpy.float32), numpy.zeros((1, 1, 8, 9))
expected["archive"] = {"xa": values(xa), "xb": values(xb)}
numpy.savez(here / "stored.npz", xa=xa, xb=xb)
numpy.savez_compressed(here / "deflated.npz", xa=xa, xb=xb)

# The archive that NumPyFile must write, byte for byte, read by NumPy.
ours = {"a": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 3, "b": numpy.float32(-2)}
with zipfile.ZipFile(here / "ours.npz", "w") as archive:
    for name, array in ours.items():
        member = zipfile.ZipInfo(f"{name}.npy")
        member.create_system = 0
        buffer = io.BytesIO()
        numpy.save(buffer, array)
        archive.writestr(member, buffer.getvalue())
        member.external_attr = 0
with numpy.load(here / "ours.npz") as read:
    assert set(read) == set(ours) and all(numpy.array_equal(read[name], ours[name]) for name in ours)
(here / "expected.json").write_text(json.dumps(expected) + "\n")
