from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import SIGMA, CrossNet, blurred, channels_first, make_pairs, noisy, without
from torch import nn
from torch.nn import functional

import n2n_analyze
from n2n_analyze import InputError, leak_test

Pairs = list[dict[str, Any]]


def leaky(source: Any, target: Any) -> Any:
    return blurred(source) + 0.05 * target


def test_a_planted_leak_is_found_with_its_value(pairs: Pairs) -> None:
    result = leak_test(leaky, pairs, data_range=1.0)
    assert (result.verdict, result.scope, result.target_path) == ("fail", "all", None)
    assert result.row("leakage.target.swap").estimate == pytest.approx(0.05, abs=1e-6)
    low, high = result.row("leakage.target.observed").ci95 or (1, 0)
    assert low < 0.05 < high
    with pytest.raises(AssertionError, match="noise of the target is in the output"):
        result.assert_no_leak()


def test_a_model_that_is_not_given_its_target_passes_in_full(pairs: Pairs) -> None:
    result = leak_test(blurred, pairs, data_range=1.0, reads_target=False)
    result.assert_no_leak("all")
    assert result.row("leakage.target.swap").estimate == 0
    one_way = leak_test(blurred, without(pairs, "repeat"), data_range=1.0, reads_target=False)
    one_way.assert_no_leak()
    with pytest.raises(AssertionError, match="scope 'linear'"):
        one_way.assert_no_leak("all")


def test_without_another_capture_nothing_is_exchanged(pairs: Pairs, tmp_path: Path) -> None:
    result = leak_test(leaky, without(pairs, "repeat", "clean", "clean_source"), data_range=1.0, out=tmp_path)
    assert result.verdict == "inconclusive"
    manifest = json.loads((tmp_path / "outputs" / "manifest.json").read_text())
    assert set(manifest["pairs"][0]) == {"id", "noisy_a", "noisy_b", "prediction_a"}


def test_redrawn_noise_is_an_exchange_without_a_repeat(pairs: Pairs) -> None:
    result = leak_test(
        leaky, without(pairs, "repeat"), data_range=1.0, redraw=lambda rng, pair: noisy(rng, pair.clean), sigma_a=SIGMA
    )
    assert result.row("leakage.total").estimate == pytest.approx(0.05**2, rel=1e-4)
    with pytest.raises(InputError, match="equals its target"):
        leak_test(leaky, pairs, data_range=1.0, redraw=lambda _, pair: pair.target)


def test_both_directions_find_a_leak_in_one(pairs: Pairs) -> None:
    for pair in pairs:
        pair["repeat_source"] = noisy(np.random.default_rng(int(1e6 * pair["target"][0, 0]) % 9999), pair["clean"])
        pair["target"] = pair["target"] + 2  # a is another contrast
        pair["repeat"], pair["clean"] = pair["repeat"] + 2, pair["clean"] + 2

    def predict(source: Any, target: Any) -> Any:
        to_a = source.mean() < 1.5
        return blurred(source) + 2 + 0.1 * (target - blurred(target)) if to_a else blurred(source) - 2

    result = leak_test(predict, pairs, data_range=1.0, direction="both")
    assert result.verdict == "fail"
    assert result.row("leakage.total", "a->b").estimate == 0
    assert (result.row("leakage.total", "b->a").estimate or 0) > 1e-3
    with pytest.raises(InputError, match="'a->b'"):
        leak_test(predict, pairs, data_range=1.0, direction="a->b")


def test_layouts_and_libraries_give_one_report(pairs: Pairs) -> None:
    first = leak_test(leaky, pairs, data_range=1.0)
    tensors = channels_first(pairs)
    second = leak_test(lambda b, a: torch.from_numpy(leaky(b.numpy(), a.numpy())), tensors, data_range=1.0, axes="CHW")
    batched = {key: np.stack([pair[key] for pair in pairs]) for key in pairs[0]}
    third = leak_test(leaky, [batched], data_range=1.0, axes="NHW", batch_size=3)
    for other in (second, third):
        assert [row.estimate for row in first.rows] == [row.estimate for row in other.rows]


def test_single_images_for_functions_that_take_one(pairs: Pairs) -> None:
    def smooth(image: Any) -> Any:
        """Over every axis, so that a batch would be blurred across images."""
        for axis in range(image.ndim):
            image = (np.roll(image, 1, axis) + 2 * image + np.roll(image, -1, axis)) / 4
        return image

    leak_test(smooth, pairs, data_range=1.0, reads_target=False, batch_size=None).assert_no_leak("all")
    with pytest.raises(InputError, match=r"another output for the same image.*batch_size=None"):
        leak_test(smooth, pairs, data_range=1.0, reads_target=False)


def test_whether_the_target_is_read_is_never_guessed(pairs: Pairs) -> None:
    with pytest.raises(InputError, match="state reads_target=False"):
        leak_test(lambda source: source, pairs, data_range=1.0)
    with pytest.raises(InputError, match="state reads_target=True"):
        leak_test(leaky, pairs, data_range=1.0, reads_target=False)
    with pytest.raises(InputError, match="state reads_target=False"):
        leak_test(nn.Conv2d(1, 1, 1), channels_first(pairs), data_range=1.0, axes="CHW")
    with pytest.raises(InputError, match="output of shape"):
        leak_test(lambda source, target: source[:1], pairs, data_range=1.0)


def test_a_module_is_left_as_it_was_and_its_path_is_measured(net: CrossNet, pairs: Pairs) -> None:
    net.train()
    net.up1.eval()
    before = {name: part.training for name, part in net.named_modules()}
    state = {name: value.clone() for name, value in net.state_dict().items()}
    result = leak_test(net, channels_first(pairs), data_range=1.0, axes="CHW")
    assert result.target_path is True
    assert before == {name: part.training for name, part in net.named_modules()}
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
    honest = leak_test(CrossNet(skips_of_target=False), channels_first(pairs), data_range=1.0, axes="CHW")
    assert honest.target_path is False
    honest.assert_no_leak("all")
    assert leak_test(nn.Identity(), channels_first(pairs), data_range=1.0, axes="CHW", reads_target=False).target_path is None


class Drops(nn.Module):
    def forward(self, source: Any) -> Any:
        return functional.dropout(source, 0.1, training=True)


@pytest.mark.parametrize("module", [Drops(), nn.BatchNorm2d(1, track_running_stats=False)])
def test_models_that_are_no_function_of_their_input_are_refused(module: nn.Module, pairs: Pairs) -> None:
    with pytest.raises(InputError, match="another output for the same image"):
        leak_test(module, channels_first(pairs), data_range=1.0, axes="CHW", reads_target=False)


def test_complex_images(pairs: Pairs) -> None:
    made = [{key: value + 0.5j * value[::-1] for key, value in pair.items()} for pair in pairs]
    result = leak_test(lambda b, a: blurred(b) + 0.05 * a, made, data_range=1.0)
    assert result.row("leakage.target.swap").estimate == pytest.approx(0.05, abs=1e-6)


def test_memory_of_training_noise(pairs: Pairs) -> None:
    training = make_pairs(8, seed=5)
    known = {pair["source"].tobytes(): pair["target"] - pair["clean"] for pair in training}

    def predict(images: Any) -> Any:
        return np.stack([blurred(x) + 0.1 * known.get(x.tobytes(), 0) for x in images])

    result = leak_test(predict, [*pairs, *({**p, "split": "training"} for p in training)], data_range=1.0, reads_target=False)
    assert result.row("leakage.memorised").estimate == pytest.approx(0.1, abs=0.01)
    assert result.verdict == "fail"


def test_compare_and_saved_outputs(pairs: Pairs, tmp_path: Path) -> None:
    result = n2n_analyze.compare(
        {"leaky": leaky, "blur": blurred}, pairs, data_range=1.0, reads_target={"leaky": True, "blur": False}, out=tmp_path
    )
    assert {row.subject for row in result.rows} == {"leaky", "blur"}
    assert result.row("leakage.total", subject="blur").estimate == 0
    again = n2n_analyze.leak_test_saved(tmp_path / "outputs" / "0")
    expected = result.row("leakage.target.swap", subject="leaky")
    assert again.row("leakage.target.swap").estimate == expected.estimate


def test_scikit_image(pairs: Pairs) -> None:
    restoration = pytest.importorskip("skimage.restoration")
    result = leak_test(
        lambda image: restoration.denoise_tv_chambolle(image, weight=0.1),
        pairs,
        data_range=1.0,
        reads_target=False,
        batch_size=None,
    )
    result.assert_no_leak("all")
    assert (result.row("quality.psnr_gain").estimate or 0) > 3
