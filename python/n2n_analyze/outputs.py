"""Arrays and the manifest that ``n2n-analyze leak-test --outputs`` reads (docs/your-own-model.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import InputError, checked, file_layout, to_numpy


def save_outputs(
    folder: str | Path, pairs: Iterable[Mapping[str, Any]], *, data_range: float, axes: str | None = None, **more: Any
) -> Path:
    """Write outputs that a model has made, with their images.

    Parameters
    ----------
    folder : path
        Is made where it is not there.
    pairs : iterable of mappings
        By the manifest's keys: ``id``, ``prediction_a`` and ``noisy_a``, and of ``noisy_b``, ``clean_a``, ``repeat_a``,
        ``swapped_noisy_a`` with ``swapped_prediction_a`` and the same with ``_b`` what there is; texts are kept.
    data_range : float
        White minus black.
    axes : {"HW", "CHW", "HWC"}, optional
        Layout of every array; may be left out for ``[H, W]`` alone.
    **more
        ``name``, ``sigma_a``, ``sigma_b``, ``reads_target``, ``noises_are_independent``; ``None`` is left out.

    Returns
    -------
    Path
        The manifest.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for place, pair in enumerate(pairs):
        entry = {}
        for key, value in pair.items():
            if value is None:
                continue
            if not isinstance(value, str):
                image = to_numpy(value)
                layout = checked(image, axes, f"{key} of pair {pair.get('id', place)}")
                if layout[0] == "N":
                    raise InputError(f"axes is {layout!r}; saved images are single ones, HW, CHW or HWC.")
                value = f"{place:04d}_{key}.npy"
                np.save(folder / value, file_layout(image, layout))
            entry[key] = value
        entries.append(entry)
    manifest = {"pairs": entries, "data_range": data_range, **{k: v for k, v in more.items() if v is not None}}
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return path
