#!/usr/bin/env python3
"""PyTorch files that the tests read, each a way in which people save the network of ../twin/torch_twin.py.

    pip install torch numpy safetensors
    python make_torch.py           writes *.pt and expected.json beside this script

expected.json names the versions and, for each good file, how far its weights may be from those of ../twin/case4.weights.safetensors.
The hostile files are made of single pickle opcodes, so that making them runs nothing either.
"""
import io, json, os, pickle, struct, zipfile
from collections import OrderedDict

import numpy as np
import torch
from safetensors.torch import load_file

here = os.path.dirname(os.path.abspath(__file__))
twin = OrderedDict(sorted(load_file(os.path.join(here, "../twin/case4.weights.safetensors")).items()))
expected = {"versions": {"torch": torch.__version__, "numpy": np.__version__}, "tolerance": {}}


def write(name, value, tolerance=0.0, **options):
    torch.save(value, os.path.join(here, name), **options)
    if tolerance is not None:
        expected["tolerance"][name] = tolerance


def part(prefix):
    return OrderedDict((k[len(prefix):], v) for k, v in twin.items() if k.startswith(prefix))


parts = {name: part(name + ".") for name in ("encoder", "decoder_a", "decoder_b")}
write("state_dict.pt", twin)
write("protocol4.pt", twin, pickle_protocol=4)
write("nested.pt", {"epoch": 3, "best": None, "done": True, "lr": 1e-3, "betas": (0.9, 0.999), **parts})
write("lightning.pt", {"state_dict": OrderedDict(("model." + k, v) for k, v in twin.items()), "epoch": 3, "hyper_parameters": {"lr": 1e-3}})
optimizer = torch.optim.AdamW([torch.nn.Parameter(v.clone()) for v in list(twin.values())[:2]])
write("parallel.pt", {"model": OrderedDict(("module." + k, torch.nn.Parameter(v)) for k, v in twin.items()), "optimizer": optimizer.state_dict()})
write("compiled.pt", OrderedDict(("_orig_mod." + k, v) for k, v in twin.items()))
write("half.pt", OrderedDict((k, v.half()) for k, v in twin.items()), 2 ** -11)
write("bfloat16.pt", OrderedDict((k, v.bfloat16()) for k, v in twin.items()), 2 ** -8)
write("double.pt", OrderedDict((k, v.double()) for k, v in twin.items()))
flat = torch.cat([v.reshape(-1) for v in twin.values()])
views, start = OrderedDict(), 0
for k, v in twin.items():  # one storage for all, each tensor a part of it
    views[k] = flat[start:start + v.numel()].view(v.shape)
    start += v.numel()
write("shared_storage.pt", views)
write("strided.pt", OrderedDict((k, v.transpose(0, -1).contiguous().transpose(0, -1) if v.dim() > 1 else torch.stack([v, -v], 1)[:, 0]) for k, v in twin.items()))
write("channels_last.pt", OrderedDict((k, v.to(memory_format=torch.channels_last) if v.dim() == 4 else v) for k, v in twin.items()))
write("renamed.pt", OrderedDict((k.replace("encoder.", "net.enc.").replace("decoder_", "net.out_").replace("head", "last"), v) for k, v in twin.items()))
write("two_networks.pt", {"student": twin, "teacher": twin}, None)
write("incomplete.pt", OrderedDict((k, v) for k, v in twin.items() if k != "decoder_b.head.bias"), None)
write("other_network.pt", torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4)).state_dict(), None)
write("expanded.pt", OrderedDict((k, torch.zeros(()).expand(v.shape) if v.dim() == 4 else v) for k, v in twin.items()), None)
write("legacy.pt", OrderedDict(list(twin.items())[:1]), None, _use_new_zipfile_serialization=False)

# The zip layout of PyTorch 1.4 and 1.5: the directory is called archive, there is no byteorder, storages are named by address.
source = zipfile.ZipFile(os.path.join(here, "state_dict.pt"))
old = zipfile.ZipFile(os.path.join(here, "zip_of_1_4.pt"), "w")
data = source.read("state_dict/data.pkl")
for key in sorted((int(n.split("/")[-1]) for n in source.namelist() if "/data/" in n), reverse=True):
    old_key, new_key = str(key).encode(), str(94000000000000 + 64 * key).encode()
    for put in (b"q", b"r"):
        data = data.replace(b"X" + struct.pack("<I", len(old_key)) + old_key + put, b"X" + struct.pack("<I", len(new_key)) + new_key + put)
    old.writestr("archive/data/" + new_key.decode(), source.read("state_dict/data/" + str(key)))
old.writestr("archive/data.pkl", data)
old.writestr("archive/version", "2\n")
old.close()
expected["tolerance"]["zip_of_1_4.pt"] = 0.0
assert torch.equal(torch.load(os.path.join(here, "zip_of_1_4.pt"), weights_only=True)["encoder.bottleneck.conv1.bias"], twin["encoder.bottleneck.conv1.bias"])


class Code:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def hostile(name, payload, members=(("archive/data/0", bytes(8)),)):
    with zipfile.ZipFile(os.path.join(here, "hostile_" + name + ".pt"), "w") as archive:
        archive.writestr("archive/data.pkl", payload)
        for member, contents in members:
            archive.writestr(member, contents)


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def tensor(count, shape, strides, offset=0, key="0"):
    numbers = lambda values: b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", v) for v in values) + b"t"
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + b"\x8a\x08" + struct.pack("<q", count) + b"tQ"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"\x8a\x08" + struct.pack("<q", offset) + numbers(shape) + numbers(strides) + b"\x89}tR"


begin = b"\x80\x02"
hostile("system", pickle.dumps({"encoder": Code(os.system, "touch /tmp/n2n-analyze-was-here")}, 2))
hostile("eval", begin + b"c__builtin__\neval\n" + text("1+1") + b"\x85R.")
hostile("stack_global", b"\x80\x04\x8c\x05posix\x8c\x06system\x93" + text("true") + b"\x85R.")
hostile("build", begin + b"ctorch\nFloatStorage\n}b.")
hostile("huge_tensor", begin + b"}" + text("w") + tensor(2, [1 << 40, 1 << 40], [1, 1]) + b"s.")
hostile("huge_storage", begin + b"}" + text("w") + tensor(1 << 60, [1 << 60], [1]) + b"s.")
hostile("beyond_storage", begin + b"}" + text("w") + tensor(2, [2], [1], offset=1) + b"s.")
hostile("negative", begin + b"}" + text("w") + tensor(2, [2], [-1], offset=1) + b"s.")
hostile("storage_path", begin + b"}" + text("w") + tensor(2, [2], [1], key="../../data.pkl") + b"s.")
hostile("text_beyond_end", begin + b"X" + struct.pack("<I", 1 << 31) + b"abc.")
hostile("cycle", begin + b"}q\x00" + text("self") + b"h\x00s.")
hostile("deep", begin + b")" + b"\x85" * 100_000 + b".")
hostile("laughs", begin + b"]q\x00" + b"".join(b"](" + b"h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(30)) + b".")
hostile("memo", begin + b"h\x07.")
hostile("empty", begin + b".")
hostile("member_path", begin + b"}.", [("archive/../../etc/passwd", b"x")])
json.dump(expected, open(os.path.join(here, "expected.json"), "w"), indent=1)
