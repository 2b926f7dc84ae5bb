from __future__ import annotations

from pathlib import Path

import pytest

from n2n_analyze import ProgramError, leak_test_saved, program


def fake(folder: Path) -> Path:
    file = folder / "n2n-analyze"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_order_of_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, repository = tmp_path / "python" / "n2n_analyze", tmp_path
    for folder in [package / "bin", repository / ".build" / "release", tmp_path / "path"]:
        folder.mkdir(parents=True)
    monkeypatch.setattr(program, "__file__", str(package / "program.py"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("N2N_ANALYZE", raising=False)
    with pytest.raises(ProgramError, match=r"was not found: build it .* N2N_ANALYZE"):
        program.find()
    places = [fake(tmp_path / "path"), fake(repository / ".build" / "release")]
    assert program.find() == places[0]  # no Package.swift: not this repository
    (repository / "Package.swift").touch()
    assert program.find() == places[1]
    bundled = fake(package / "bin")
    assert program.find() == bundled
    monkeypatch.setenv("N2N_ANALYZE", str(places[0]))
    assert program.find() == places[0]
    monkeypatch.setenv("N2N_ANALYZE", str(tmp_path))
    with pytest.raises(ProgramError, match="is not a program"):
        program.find()


def test_the_program_s_sentence_is_the_error(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"manifest\.json"):
        leak_test_saved(tmp_path)
