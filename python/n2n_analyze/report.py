"""The directory that the program writes a report to."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path

from . import program
from .result import Result


class Report:
    """A directory, or a temporary one that goes with the result of its report."""

    def __init__(self, out: str | Path | None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="n2n-analyze-") if out is None else None
        self.path = Path(self._temporary.name if self._temporary else out or "")

    def written(self, *arguments: str | Path, seed: int) -> Result:
        """Run the program, and return what it found."""
        data = program.run([*arguments, "--out", self.path, "--seed", str(seed)])
        result = Result.read(data, self.path / "report.md")
        if self._temporary:
            weakref.finalize(result, self._temporary.cleanup)
        return result
