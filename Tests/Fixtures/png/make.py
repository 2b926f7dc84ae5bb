"""PNG files of every kind that PNGFile meets, with the samples that Pillow or the arrays they were made from hold.

Run: python make.py   (writes *.png and expected.json beside itself)
"""
import json
import pathlib
import struct
import zlib

import numpy
import PIL
from PIL import Image

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(20240501)
expected = {"made_by": f"numpy {numpy.__version__}, Pillow {PIL.__version__}, zlib {zlib.ZLIB_VERSION}", "files": {}}

COLOUR = {1: 0, 2: 4, 3: 2, 4: 6}
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def encode(samples, interlaced=False):
    """A PNG file of [H, W, C] uint8 or uint16 samples, no filtering: an encoder that shares nothing with libpng."""
    height, width, channels = samples.shape
    depth = samples.dtype.itemsize * 8
    passes = [samples[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlaced else [samples]
    rows = b"".join(
        b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for part in passes if part.size for row in part)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, COLOUR[channels], 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def record(name, samples):
    expected["files"][name] = {
        "shape": list(samples.shape), "bits": samples.dtype.itemsize * 8, "samples": samples.ravel().tolist()}


def ours(name, samples, interlaced=False, kept=None):
    (here / f"{name}.png").write_bytes(encode(samples, interlaced))
    if kept is not None:
        record(name, samples[..., :kept])


for bits, dtype in ((8, numpy.uint8), (16, numpy.uint16)):
    top = 2**bits
    for channels, kind in ((1, "grey"), (3, "rgb")):
        ours(f"{kind}{bits}", random.integers(0, top, (5, 7, channels)).astype(dtype), kept=channels)
        ours(f"{kind}{bits}_interlaced", random.integers(0, top, (11, 9, channels)).astype(dtype), True, kept=channels)
        opaque = random.integers(0, top, (4, 3, channels + 1)).astype(dtype)
        opaque[..., -1] = top - 1
        ours(f"{kind}{bits}_opaque", opaque, kept=channels)
        opaque[2, 1, -1] = top - 2
        ours(f"{kind}{bits}_transparent", opaque)

# What libpng expands, as Pillow writes it.
colours = random.integers(0, 256, (6, 3)).astype(numpy.uint8)
index = random.integers(0, 6, (5, 9)).astype(numpy.uint8)
image = Image.fromarray(index, mode=None).convert("P")
image.putdata(index.ravel().tolist())
image.putpalette(colours.ravel().tolist())
image.save(here / "palette.png")
record("palette", numpy.asarray(Image.open(here / "palette.png").convert("RGB")))
image.save(here / "palette_transparent.png", transparency=int(index[0, 0]))
black_white = Image.fromarray((random.integers(0, 2, (6, 10)) * 255).astype(numpy.uint8)).convert("1")
black_white.save(here / "one_bit.png")
record("one_bit", numpy.asarray(Image.open(here / "one_bit.png").convert("L"))[..., None])

for name, entry in expected["files"].items():  # the hand-written encoder, read by Pillow where Pillow keeps the bits
    if entry["bits"] == 8 and not name.endswith("_opaque"):
        mode = "L" if entry["shape"][2] == 1 else "RGB"
        read = numpy.asarray(Image.open(here / f"{name}.png").convert(mode)).ravel().tolist()
        assert read == entry["samples"], name
(here / "expected.json").write_text(json.dumps(expected, indent=None) + "\n")
