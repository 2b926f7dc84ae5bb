"""Seven bugs made from the example, each found and named by `leak_test` or `audit`; the honest loader and network pass.

Networks are trained here and denoise held-out photographs by at least 3 dB: a leak is to be found in a model that works.
"""

from __future__ import annotations

from typing import Any

import bugs
import numpy as np
import pytest
from torch import nn

from n2n_analyze import Result, audit, leak_test

pytestmark = pytest.mark.slow


def report_on(net: nn.Module, pairs: Any, **more: Any) -> Result:
    result = leak_test(net, pairs, axes="CHW", data_range=1.0, **more)
    assert (result.row("quality.psnr_gain").estimate or 0) >= 3
    return result


def audited(loader: bugs.Loader, *keys: str) -> Result:
    rng = np.random.default_rng(3)
    batches = [loader(rng, 8, 64, bugs.n2n.TRAINING) for _ in range(8)]
    return audit([{key: batch[key] for key in keys} for batch in batches], axes="NCHW", n=64, same_content=True)


def failed(result: Result) -> set[str]:
    return {row.id for row in result.rows if row.status == "fail"}


CLEAN = ("source", "target", "clean", "clean_source")


def test_the_honest_network_and_its_pairs_pass() -> None:
    net = bugs.trained(bugs.honest)
    report_on(net, bugs.held_out(), reads_target=False).assert_no_leak("all")
    report_on(net, bugs.held_out(repeats=False), reads_target=False).assert_no_leak()
    for keys in (CLEAN, CLEAN[:2]):
        assert audited(bugs.honest, *keys).verdict == "pass"


def test_skips_of_the_target() -> None:
    net = bugs.trained(bugs.honest, bugs.TargetSkips)
    result = report_on(net, bugs.held_out(), skips={"up1": (net.up1, 1), "up0": (net.up0, 1)})
    assert result.verdict == "fail"
    assert result.findings[0].kind == "leakage"
    assert result.target_path is True
    assert (result.row("leakage.target.swap").estimate or 0) > 0.05
    assert result.skips is not None
    assert result.skips["up1"] == pytest.approx(result.row("leakage.target.swap").estimate, abs=1e-6)
    assert result.skips["up0"] == pytest.approx(0, abs=1e-6)


def test_memorised_noise() -> None:
    net, known = bugs.memorised()
    pairs = dict(known)
    training = [{key: images[k] for key, images in pairs.items()} for k in range(len(pairs["source"]))]
    labelled = [{**pair, "id": f"training{k}", "split": "training"} for k, pair in enumerate(training)]
    result = report_on(net, labelled + bugs.held_out(repeats=False), reads_target=False)
    assert result.verdict == "fail"
    assert result.findings[0].check == "leakage.memorised"
    alone = report_on(net, bugs.held_out(repeats=False), reads_target=False)
    assert alone.verdict == "pass"  # on held-out pairs memory cannot be seen


def test_scaling_by_the_extremes_of_the_target() -> None:
    result = report_on(bugs.trained(bugs.honest, bugs.TargetScale), bugs.held_out())
    assert result.verdict == "fail"
    assert result.findings[0].check == "leakage.total"
    assert result.row("leakage.target.swap").status == "pass"  # a gain that follows the noise is no copy of it


def test_scaling_by_moments_of_the_target_leaks_less_the_more_pixels_there_are() -> None:
    net = bugs.trained(bugs.honest, bugs.TargetMoments)
    few, many = (report_on(net, bugs.held_out(side=side)) for side in (48, 128))
    assert (few.verdict, few.findings[0].check) == ("fail", "leakage.total")
    assert many.verdict != "fail"
    assert (many.row("leakage.total").estimate or 1) < 2e-4  # 7 times the pixels of the other


@pytest.mark.parametrize(
    ("loader", "row"),
    [
        (bugs.one_seed, "audit.one_observation"),
        (bugs.neighbours, "audit.registration"),
        (bugs.flips, "audit.orientation"),
    ],
)
def test_pairs_that_the_audit_refuses_without_clean_images(loader: bugs.Loader, row: str) -> None:
    for keys in (CLEAN, CLEAN[:2]):
        result = audited(loader, *keys)
        assert result.verdict == "fail"
        assert failed(result) == {row}


def test_a_target_that_holds_the_source() -> None:
    result = audited(bugs.average, *CLEAN)
    assert failed(result) == {"audit.independence"}
    assert result.row("audit.independence").estimate == pytest.approx(0.5, abs=0.01)
    # Without clean images two captures cannot show what noise they share, and the audit says so.
    blind = audited(bugs.average, *CLEAN[:2])
    assert (blind.verdict, blind.row("audit.independence").status) == ("pass", "inconclusive")
    pairs = bugs.held_out(bugs.average, repeats=False)
    result = leak_test(bugs.trained(bugs.average), pairs, axes="CHW", data_range=1.0, reads_target=False)
    assert (result.verdict, result.findings[0].check) == ("premise", "premise.independence")
    # The noise power of the target is a quarter of the source's, which the network lowers by 3 dB or more.
    assert 10 * np.log10(4 / (result.row("quality.risk").estimate or np.inf)) >= 3
