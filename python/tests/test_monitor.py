from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import torch
from conftest import CrossNet, blurred, channels_first, make_pairs, without
from torch import Tensor, nn

from n2n_analyze import InputError, callback, end_of_epoch, leak_test

Pairs = list[dict[str, Any]]


def leaky(source: Any, target: Any) -> Any:
    return blurred(source) + 0.05 * np.clip(target, 0.2, 0.8)


@pytest.mark.parametrize("missing", [(), ("clean",)])
def test_equal_to_the_rows_of_the_report(missing: tuple[str, ...], pairs: Pairs) -> None:
    known = without(pairs, *missing)
    found, report = end_of_epoch(leaky, known), leak_test(leaky, known, data_range=1.0)
    assert found.route == ("leakage.target.swap" if missing else "leakage.target.observed")
    assert found.lambda_target == pytest.approx(report.row(found.route).estimate, abs=1e-9)
    assert found.loss_over_floor == pytest.approx(report.row("leakage.noise_floor").estimate, abs=1e-9)


def test_channels_and_noise_of_a_scale_that_is_not_the_image_s(pairs: Pairs) -> None:
    made = [{key: np.stack([value, 3 * value[::-1]], -1) for key, value in pair.items()} for pair in pairs]
    predict = lambda b, a: 0.9 * b + 0.1 * a  # noqa: E731
    found = end_of_epoch(predict, made, axes="HWC")
    report = leak_test(predict, made, data_range=3.0, axes="HWC")
    assert found.lambda_target == pytest.approx(report.row("leakage.target.observed").estimate, abs=1e-9)
    assert found.loss_over_floor == pytest.approx(report.row("leakage.noise_floor").estimate, abs=1e-9)


def test_a_network_in_training_within_two_seconds(net: CrossNet) -> None:
    net.train()
    pairs = channels_first(make_pairs(4, side=128))
    start = time.process_time()
    assert end_of_epoch(net, pairs, axes="CHW").route == "leakage.target.observed"
    assert time.process_time() - start < 2
    assert net.training


def test_what_cannot_be_measured_is_refused(pairs: Pairs) -> None:
    with pytest.raises(InputError, match="a clean image, or every pair a repeat"):
        end_of_epoch(leaky, without(pairs, "clean", "repeat"))
    with pytest.raises(InputError, match="no noise"):
        end_of_epoch(leaky, [{**pair, "target": pair["clean"]} for pair in pairs])


def test_lightning(pairs: Pairs) -> None:
    lightning = pytest.importorskip("lightning.pytorch")

    class Network(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.gain = nn.Parameter(torch.tensor(0.9))

        def forward(self, source: Tensor, target: Tensor) -> Tensor:
            return self.gain * source + 0.1 * target

        def validation_step(self, batch: Any, _: int) -> None:
            assert not self.training

    loader = torch.utils.data.DataLoader(torch.zeros(1, 1))
    trainer = lightning.Trainer(
        callbacks=[callback(channels_first(pairs), axes="CHW")], logger=False, enable_progress_bar=False, accelerator="cpu"
    )
    logged = trainer.validate(Network(), loader, verbose=False)[0]
    assert logged["n2n/lambda_target"] == pytest.approx(0.1, abs=0.01)
    assert logged["n2n/loss_over_floor"] > 1
