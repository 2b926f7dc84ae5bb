"""Where the program `n2n-analyze` is, and one run of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPORTED = {0, 1, 3, 70}  # exit codes after which results were printed (docs/CLI.md)


class ProgramError(RuntimeError):
    """The program is not there, or refused its input; the message is one sentence."""


def find() -> Path:
    """Return the program that will be run.

    The first of: the one that the environment variable ``N2N_ANALYZE`` names, ``bin/n2n-analyze`` in this package (a
    wheel that brings it), ``.build/release/n2n-analyze`` of the repository that this package is an editable install
    of, and ``n2n-analyze`` on the ``PATH``.

    Raises
    ------
    ProgramError
        If there is none, or ``N2N_ANALYZE`` names something that cannot be run.
    """
    named = os.environ.get("N2N_ANALYZE")
    if named:
        if not os.access(named, os.X_OK) or not os.path.isfile(named):
            raise ProgramError(f"N2N_ANALYZE is {named}, which is not a program; it must name a built n2n-analyze.")
        return Path(named).absolute()
    package = Path(__file__).resolve().parent
    candidates = [package / "bin" / "n2n-analyze"]
    repository = package.parent.parent
    if (repository / "Package.swift").is_file():
        candidates.append(repository / ".build" / "release" / "n2n-analyze")
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    if found := shutil.which("n2n-analyze"):
        return Path(found).absolute()
    raise ProgramError(
        "The program n2n-analyze was not found: build it with `make build` in its repository, and name it in the "
        "environment variable N2N_ANALYZE or put it on the PATH."
    )


def run(arguments: Sequence[str | Path]) -> dict[str, Any]:
    """Run the program and return its results object (``schema/results-2.schema.json``).

    Raises
    ------
    ProgramError
        With the program's own sentence, if it printed no results.
    """
    command = [str(find()), *map(str, arguments), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in REPORTED or not done.stdout.strip():
        said = done.stderr.strip().splitlines() or [f"n2n-analyze ended with code {done.returncode} and said nothing."]
        raise ProgramError(said[-1])
    results: dict[str, Any] = json.loads(done.stdout)
    return results
