from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from conftest import CrossNet, channels_first
from torch import Tensor, nn

from n2n_analyze import InputError, leak_test
from n2n_analyze.shapley import values

Pairs = list[dict[str, Any]]


def test_values_of_a_game_in_closed_form() -> None:
    # Glove game: player 0 has the only left glove; φ = 2/3, 1/6, 1/6.
    game = np.array([0, 0, 0, 1, 0, 1, 0, 1], float)
    assert values(game) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)


def test_shares_add_up_to_the_leak_of_the_report(net: CrossNet, pairs: Pairs) -> None:
    skips = {"up2": (net.up2, 1), "up1": (net.up1, 1), "up0": (net.up0, 1)}
    result = leak_test(net, channels_first(pairs), data_range=1.0, axes="CHW", skips=skips)
    assert result.skips is not None
    leak = result.row("leakage.target.swap").estimate or 0.0
    assert abs(leak) > 1e-4
    assert sum(result.skips.values()) == pytest.approx(leak, abs=1e-6)
    assert result.skips["elsewhere"] == pytest.approx(0, abs=1e-6)
    some = leak_test(net, channels_first(pairs), data_range=1.0, axes="CHW", skips={"up0": skips["up0"]})
    assert some.skips is not None
    assert abs(some.skips["elsewhere"]) > 1e-5
    assert not any(part._forward_pre_hooks for part in net.modules())


class Known(nn.Module):
    """λ = 0.05 and 0.02 through two skips that add, and 0.01 past both."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Identity(), nn.Identity()

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        return source + 0.05 * self.fine(target) + 0.02 * self.coarse(target) + 0.01 * target


def test_shares_of_known_skips(pairs: Pairs) -> None:
    net = Known()
    result = leak_test(net, channels_first(pairs), data_range=1.0, axes="CHW", skips={"fine": net.fine, "coarse": net.coarse})
    assert result.skips == pytest.approx({"fine": 0.05, "coarse": 0.02, "elsewhere": 0.01}, abs=1e-6)


def test_what_is_no_skip_is_refused(net: CrossNet, pairs: Pairs) -> None:
    def test(skips: Any, model: nn.Module = net) -> None:
        leak_test(model, channels_first(pairs), data_range=1.0, axes="CHW", skips=skips)

    with pytest.raises(InputError, match=r"2 inputs: say which"):
        test({"up0": net.up0})
    with pytest.raises(InputError, match="what other skips carry"):
        test({"up2": (net.up2, 1), "deep": (net.up1, 0)})
    with pytest.raises(InputError, match="not called"):
        test({"other": nn.Identity()})
    with pytest.raises(InputError, match="1 to 8"):
        test({f"{k}": net.up0 for k in range(9)})
    with pytest.raises(InputError, match="no positional input 2"):
        test({"up0": (net.up0, 2)})
    with pytest.raises(InputError, match="a repeat or redraw"):
        leak_test(lambda b, a: torch.as_tensor(b), channels_first(pairs), data_range=1.0, axes="CHW", skips={"up0": net.up0})
