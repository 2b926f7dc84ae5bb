from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import blurred

from n2n_analyze import InputError, Row, audit, leak_test

Pairs = list[dict[str, Any]]


def test_notebooks_and_tables(pairs: Pairs) -> None:
    pandas = pytest.importorskip("pandas")
    result = leak_test(blurred, pairs, data_range=1.0, reads_target=False, name="<blur>")
    table = result.to_dataframe()
    assert isinstance(table, pandas.DataFrame)
    assert list(table["id"]) == [row.id for row in result.rows]
    markdown = result._repr_markdown_()
    assert "](data:image/png;base64,iVBOR" in markdown
    assert not re.search(r"!\[[^]]*\]\(figures/", markdown)
    assert '<img src="data:image/png;base64,iVBOR' in result._repr_html_()
    with pytest.raises(KeyError):
        result.row("no.such.row")
    assert all(isinstance(row, Row) for row in result.rows)


def test_a_report_without_a_place_goes_with_its_result(pairs: Pairs, tmp_path: Path) -> None:
    result = leak_test(blurred, pairs, data_range=1.0, reads_target=False)
    path = result.report_path
    assert path.is_file()
    del result
    assert not path.exists()
    kept = leak_test(blurred, pairs, data_range=1.0, reads_target=False, out=tmp_path / "report")
    assert kept.report_path == tmp_path / "report" / "report.md"


def test_audit_names_what_decides(pairs: Pairs) -> None:
    with pytest.warns(UserWarning, match="needs both"):
        fit = audit(pairs, same_content=True)
    assert fit.verdict == "pass"
    unfit = audit([pair["target"] for pair in pairs], [pair["target"] for pair in pairs])
    assert unfit.verdict == "fail"
    assert "one observation" in unfit.headline
    with pytest.raises(AssertionError, match="one observation"):
        unfit.assert_no_leak()
    with pytest.raises(InputError, match="a has 8 images and b 7"):
        audit([pair["target"] for pair in pairs], [pair["source"] for pair in pairs[1:]])
