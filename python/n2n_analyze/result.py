"""What a test found, for scripts, notebooks and pytest."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    import pandas

SCOPES = ("none", "linear", "all")


@dataclass(frozen=True)
class Row:
    """One check, as in ``results.json``; numbers that were not measured are ``None``. docs/THEORY.md defines the ids."""

    subject: str
    id: str
    title: str
    role: str
    status: str
    because: str
    direction: str | None = None
    split: str | None = None
    regime: str | None = None
    estimate: float | None = None
    ci95: tuple[float, float] | None = None
    quantity: str | None = None
    criterion: str | None = None
    bound: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    mde: float | None = None
    unit: str | None = None
    n_units: int | None = None
    n_images: int | None = None


@dataclass(frozen=True)
class Finding:
    """A sentence that decides, or keeps open, with the row it is from and what to do next."""

    kind: str
    text: str
    next: str
    check: str
    subject: str | None = None
    direction: str | None = None
    split: str | None = None
    regime: str | None = None
    estimate: float | None = None
    ci95: tuple[float, float] | None = None


@dataclass
class Result:
    """A report and its numbers.

    Attributes
    ----------
    verdict : str
        ``pass``, ``fail``, ``premise``, ``inconclusive`` or ``error``; of an audit ``fail`` (unfit) or ``pass``.
    scope : str
        What a pass covers: ``all``, ``linear`` or ``none``.
    findings : list of Finding
        The worst first; empty for an audit.
    rows : list of Row
        Every check of every model.
    report_path : Path
        ``report.md``. Without ``out`` the report is deleted with this object.
    target_path : bool or None
        Whether the derivative of the output with respect to the target is anything but exactly 0, measured by autograd
        on random vectors; ``None`` where it was not measured. No row of the report: saved outputs have no derivative.
    skips : dict of str to float, or None
        Share of λ_target by the exchange that each named module carries, direction b→a, and ``elsewhere``; they add up
        to λ_target.
    data : dict
        The whole results object.
    """

    verdict: str
    scope: str
    findings: list[Finding]
    rows: list[Row]
    report_path: Path
    data: dict[str, Any] = field(repr=False)
    target_path: bool | None = None
    skips: dict[str, float] | None = None

    @staticmethod
    def read(data: dict[str, Any], report: Path) -> Result:
        """Return the result that a results object and its report say."""
        findings = [Finding(**_known(Finding, entry)) for entry in data["findings"]]
        rows = [
            Row(**_known(Row, {**check, "subject": subject["name"], **_criterion(check["criterion"])}))
            for subject in data["subjects"]
            for check in subject["checks"]
        ]
        return Result(data["verdict"], data["scope"], findings, rows, report, data)

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        if self.findings:
            first = self.findings[0]
            return f"{first.kind}: {first.text}"
        found = re.search(r"^\*\*(.+?)\*\*(.*)$", self.report_path.read_text(encoding="utf-8"), re.MULTILINE)
        return "".join(found.groups()) if found else self.verdict

    def row(self, id: str, direction: str = "b->a", subject: str | None = None) -> Row:
        """Return the row of a check; rows of both directions together have no direction.

        Raises
        ------
        KeyError
            If there is no such row.
        """
        for row in self.rows:
            if row.id == id and row.direction in (direction, None) and subject in (row.subject, None):
                return row
        raise KeyError(f"{id} in direction {direction}")

    def assert_no_leak(self, scope: str = "linear") -> None:
        """Raise `AssertionError` unless the verdict is ``pass`` with this scope or a wider one.

        Parameters
        ----------
        scope : {"linear", "all"}
            ``linear``: leaks that regression on the noise can see; ``all``: everything that changes with the target's
            noise, which needs an exchange.
        """
        if scope not in SCOPES[1:]:
            raise ValueError(f"scope is {scope!r}; expected 'linear' or 'all'.")
        if self.verdict != "pass":
            raise AssertionError(f"{self.verdict}: {self.headline} Report: {self.report_path}")
        if SCOPES.index(self.scope) < SCOPES.index(scope):
            raise AssertionError(f"pass, but of scope {self.scope!r}, not {scope!r}: {self.headline} Report: {self.report_path}")

    def to_dataframe(self) -> pandas.DataFrame:
        """Return the rows as a table of pandas, which must be installed."""
        import pandas

        return pandas.DataFrame([asdict(row) for row in self.rows])

    def _repr_markdown_(self) -> str:
        return re.sub(r"(!\[[^\]]*\])\(([^)]+)\)", self._embedded, self.report_path.read_text(encoding="utf-8"))

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(f.kind)}: {html.escape(f'{f.text} {f.next}')}</li>" for f in self.findings)
        pictures = "".join(f'<p><img src="{_uri(path)}" style="max-width: 100%"></p>' for path in self._figures())
        return f"<p><b>{html.escape(self.verdict)}</b> ({html.escape(self.headline)})</p><ul>{items}</ul>{pictures}"

    def _embedded(self, match: re.Match[str]) -> str:
        path = self.report_path.parent / unquote(match[2])
        return f"{match[1]}({_uri(path)})" if path.suffix == ".png" and path.is_file() else match[0]

    def _figures(self) -> Iterator[Path]:
        yield from sorted((self.report_path.parent / "figures").glob("*.png"))


def _uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _criterion(criterion: dict[str, Any]) -> dict[str, Any]:
    return {"criterion": criterion["kind"], "bound": criterion.get("bound")}


def _known(kind: type[Row] | type[Finding], entry: dict[str, Any]) -> dict[str, Any]:
    values = {key: entry[key] for key in kind.__dataclass_fields__ if key in entry}
    if values.get("ci95") is not None:
        values["ci95"] = (values["ci95"][0], values["ci95"][1])
    return values
