"""A file written by the reference library, and one laid out by hand that the reference library reads.

Run: python make.py   (writes reference.safetensors, ours.safetensors and expected.json beside itself)
"""
import json
import pathlib
import struct

import numpy
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

here = pathlib.Path(__file__).parent
generator = torch.Generator().manual_seed(7)


def normal(*shape):
    return torch.randn(*shape, generator=generator)


# What we read.
tensors = {
    "encoder.levels.0.conv1.weight": normal(3, 2, 3, 3),
    "half": normal(2, 5).half(),
    "brain": normal(7).bfloat16(),
    "double": normal(2, 2).double() / 3,
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 4),
    "step": torch.tensor(123456789012345),
    "counters": torch.tensor([[-1, 2], [3, 2**62]]),
    "positions": torch.tensor([1, 2**40], dtype=torch.uint64),
    "naïve \"name\"\n": normal(1),
}
safetensors.torch.save_file(tensors, here / "reference.safetensors", metadata={"config": '{"seed": 1}', "é": "\t"})
expected = {
    "made_by": f"safetensors {safetensors.__version__}, torch {torch.__version__}, numpy {numpy.__version__}",
    "tensors": {
        name: {"shape": list(t.shape), "bits": t.float().numpy().view(numpy.uint32).ravel().tolist()}
        for name, t in tensors.items() if t.is_floating_point()
    },
    "integers": {
        name: {"shape": list(t.shape), "values": t.numpy().astype(numpy.int64).ravel().tolist()}
        for name, t in tensors.items() if not t.is_floating_point()
    },
}
(here / "expected.json").write_text(json.dumps(expected) + "\n")

# What we write: the bytes that SafetensorsFile must produce, read by the reference library.
arrays = {
    "step": numpy.array(42, numpy.int64),
    "a.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 3,
    "b \"quoted\" ü": numpy.array([-0.0, numpy.inf], numpy.float32),
}
metadata = {"z": "line\nbreak", "config": "{\"seed\":1}"}
header, body = {"__metadata__": metadata}, b""
for name, array in arrays.items():
    code = {"int64": "I64", "float32": "F32"}[str(array.dtype)]
    end = len(body) + array.nbytes
    header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [len(body), end]}
    body += array.tobytes()
text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).replace("\\n", "\\u000a").encode()
text += b" " * (-len(text) % 8)
(here / "ours.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)

read = safetensors.numpy.load_file(here / "ours.safetensors")
assert set(read) == set(arrays)
for name, array in arrays.items():
    assert read[name].dtype == array.dtype and read[name].tobytes() == array.tobytes(), name
with safetensors.safe_open(here / "ours.safetensors", "np") as file:
    assert file.metadata() == metadata
