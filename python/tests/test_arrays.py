from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from n2n_analyze import InputError
from n2n_analyze.arrays import collect, file_layout, to_numpy

IMAGE = np.arange(12, dtype=np.float64).reshape(3, 4)


@pytest.mark.parametrize(
    ("pair", "axes", "words"),
    [
        ((IMAGE[None], IMAGE[None]), None, "state axes"),
        ((IMAGE, IMAGE), "CHW", "has 3 axes"),
        ((np.zeros((40, 5, 6)), np.zeros((40, 5, 6))), "CHW", "40 channels"),
        ((IMAGE, IMAGE), "WH", "expected one of"),
        ((IMAGE, IMAGE[:2]), None, "all images of a pair are alike"),
        ((IMAGE,), None, "a dictionary or a tuple"),
        (IMAGE, None, "a dictionary or a tuple"),
        ({"source": IMAGE}, None, "has no target"),
        ({"source": IMAGE, "target": IMAGE, "cleen": IMAGE}, None, "'cleen'"),
        ((1j * IMAGE[None], 1j * IMAGE[None]), "CHW", "complex"),
        ((IMAGE.astype(str), IMAGE), None, "numbers are expected"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(pair: Any, axes: str | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        collect([pair], axes)


def test_no_pairs_and_equal_names_are_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        collect([])
    with pytest.raises(InputError, match="'same'"):
        collect([{"id": "same", "source": IMAGE, "target": IMAGE}] * 2)


def test_layouts_become_the_file_s() -> None:
    channels = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    read = collect([(channels, channels)], "CHW")
    assert np.array_equal(file_layout(read.items[0].source, read.axes), np.moveaxis(channels, 0, 2))
    read = collect([(channels, channels)], "NHW")
    assert [pair.source.shape for pair in read.items] == [(3, 4), (3, 4)]
    assert read.axes == "HW"


def test_batches_of_a_loader_fall_into_pairs() -> None:
    batch = {
        "source": torch.rand(3, 1, 4, 5),
        "target": torch.rand(3, 1, 4, 5),
        "subject": ["k", "l", "m"],
        "id": torch.arange(3),
    }
    read = collect([batch], "NCHW", most=2)
    assert [(pair.id, pair.subject) for pair in read.items] == [("0", "k"), ("1", "l")]
    assert np.array_equal(read.items[1].target, batch["target"][1].numpy())


def test_tensors_of_any_kind_become_float32_or_complex64() -> None:
    assert to_numpy(torch.ones(2, 2, dtype=torch.bfloat16, requires_grad=True)).dtype == np.float32
    assert to_numpy(torch.ones(2, 2, dtype=torch.complex128)).dtype == np.complex64
    assert to_numpy(IMAGE).dtype == np.float32


def test_tuples_and_roles() -> None:
    pair = collect([(IMAGE, IMAGE + 1, None, IMAGE + 2)]).items[0]
    assert pair.clean is None
    assert pair.repeat is not None
    turned = pair.reversed()
    assert np.array_equal(turned.source, pair.target)
    assert turned.repeat_source is pair.repeat
    assert turned.repeat is None
