"""Pairs of images from any library, in a layout that is stated."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[Any]

LAYOUTS = ("HW", "CHW", "HWC", "NHW", "NCHW", "NHWC")
FIELDS = ("source", "target", "clean", "repeat", "clean_source", "repeat_source")
MOST_CHANNELS = 16


class InputError(ValueError):
    """Arrays or arguments that cannot be used; the message is one sentence that says what would be right."""


@dataclass(frozen=True)
class Pair:
    """Two observations of one content, and what else is known; images in the layout of the pairs, without N.

    Attributes
    ----------
    source, target : ndarray
        x_b, which the model denoises, and x_a, which its output is compared with.
    clean, repeat : ndarray or None
        Of the target: without any noise; another capture, its noise independent.
    clean_source, repeat_source : ndarray or None
        The same of the source.
    """

    id: str
    source: Image
    target: Image
    clean: Image | None = None
    repeat: Image | None = None
    clean_source: Image | None = None
    repeat_source: Image | None = None
    subject: str | None = None
    split: str | None = None

    def reversed(self) -> Pair:
        """Return the pair with source and target exchanged."""
        return replace(
            self,
            source=self.target,
            target=self.source,
            clean=self.clean_source,
            repeat=self.repeat_source,
            clean_source=self.clean,
            repeat_source=self.repeat,
        )


@dataclass(frozen=True)
class Pairs:
    """Pairs with their layout (without N), and the device of their tensors where they are PyTorch's."""

    items: list[Pair]
    axes: str
    device: Any = None


def is_tensor(value: object) -> bool:
    """Return whether this is a tensor of PyTorch, without importing it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def to_numpy(value: Any) -> Image:
    """Return a NumPy array in float32 or complex64 of an array of any library."""
    if is_tensor(value):
        value = value.detach().cpu()
        value = value.numpy() if value.is_complex() else value.float().numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise InputError(f"An image holds {array.dtype}; numbers are expected.")
    return array.astype(np.complex64 if array.dtype.kind == "c" else np.float32)


def checked(array: Image, axes: str | None, what: str) -> str:
    """Return the layout of an array: the stated one, or HW of two axes.

    Raises
    ------
    InputError
        If nothing says what three or more axes are, or the array does not have the stated ones.
    """
    if axes is None:
        if array.ndim == 2:
            return "HW"
        raise InputError(
            f"{what} has shape {array.shape}, which may be read in several ways: state axes, one of {', '.join(LAYOUTS)}."
        )
    if axes not in LAYOUTS:
        raise InputError(f"axes is {axes!r}; expected one of {', '.join(LAYOUTS)}.")
    if array.ndim != len(axes):
        raise InputError(f"{what} has shape {array.shape}, but axes is {axes!r}, which has {len(axes)} axes.")
    if "C" in axes and not 1 <= array.shape[axes.index("C")] <= MOST_CHANNELS:
        raise InputError(
            f"{what} has shape {array.shape}, by axes {axes!r} with {array.shape[axes.index('C')]} channels: "
            f"1 to {MOST_CHANNELS} are expected."
        )
    if array.dtype.kind == "c" and "C" in axes:
        raise InputError(f"{what} is complex and has channels; complex images are HW or NHW.")
    return axes


def file_layout(image: Image, axes: str) -> Image:
    """Return an image of layout `axes` as the program reads it, ``[H, W]`` or ``[H, W, C]``."""
    return np.ascontiguousarray(np.moveaxis(image, 0, -1) if axes == "CHW" else image)


def collect(pairs: Iterable[Any], axes: str | None = None, most: int | None = None) -> Pairs:
    """Read pairs, or batches of them, of any library.

    Parameters
    ----------
    pairs : iterable
        Of dictionaries (``source``, ``target``, and of ``clean``, ``repeat``, ``clean_source``, ``repeat_source``,
        ``id``, ``subject``, ``split`` what there is) or of tuples ``(source, target, clean, repeat)``, the last two
        optional or ``None``.
    axes : str, optional
        Layout of every array; with N in front each array is a batch. May be left out for ``[H, W]`` alone.
    most : int, optional
        Pairs that are read at most.

    Raises
    ------
    InputError
        For a pair without source or target, of unequal shapes, in another layout, or two with one id.
    """
    items: list[Pair] = []
    layout, device = axes, None
    for place, entry in enumerate(pairs):
        named = _named(entry, place)
        if is_tensor(named["target"]):
            device = named["target"].device
        images = {key: to_numpy(named[key]) for key in FIELDS if named.get(key) is not None}
        for key, image in images.items():
            layout = checked(image, layout, f"{key} of pair {place}")
            if image.shape != images["target"].shape:
                raise InputError(
                    f"{key} of pair {place} has shape {image.shape}, its target {images['target'].shape}; "
                    "all images of a pair are alike."
                )
        for row in _rows(images, layout or "HW"):
            texts = {key: _text(named[key], row) for key in ("id", "subject", "split") if named.get(key) is not None}
            own: dict[str, Any] = {"id": f"pair{len(items):04d}", **images, **texts}
            items.append(Pair(**own if row is None else {k: v if isinstance(v, str) else v[row] for k, v in own.items()}))
            if most is not None and len(items) == most:
                return Pairs(items, (layout or "HW").removeprefix("N"), device)
    if not items:
        raise InputError("There are no pairs; at least one is expected.")
    ids = [pair.id for pair in items]
    if double := next((id for id in ids if ids.count(id) > 1), None):
        raise InputError(f"Two pairs have the id {double!r}; every pair has its own.")
    return Pairs(items, (layout or "HW").removeprefix("N"), device)


def _named(entry: Any, place: int) -> Mapping[str, Any]:
    if isinstance(entry, Mapping):
        unknown = set(entry) - set(FIELDS) - {"id", "subject", "split"}
        if unknown:
            raise InputError(f"Pair {place} has the key {min(unknown)!r}; known are {', '.join(FIELDS)}, id, subject, split.")
        named: Mapping[str, Any] = entry
    elif isinstance(entry, (tuple, list)) and 2 <= len(entry) <= 4:
        named = dict(zip(FIELDS, entry, strict=False))
    else:
        raise InputError(
            f"Pair {place} is a {type(entry).__name__}; a dictionary or a tuple (source, target, clean, repeat) is expected."
        )
    if missing := [key for key in ("source", "target") if named.get(key) is None]:
        raise InputError(f"Pair {place} has no {missing[0]}.")
    return named


def _rows(images: Mapping[str, Image], axes: str) -> Iterator[int | None]:
    yield from range(len(images["target"])) if axes[0] == "N" else [None]


def _text(value: Any, row: int | None) -> str:
    one = value if row is None or isinstance(value, str) else value[row]
    return str(one.item() if is_tensor(one) else one)
