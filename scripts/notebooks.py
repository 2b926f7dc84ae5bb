#!/usr/bin/env python3
"""Runs the notebooks: the `sh` blocks of Markdown files, whose output stands in the block after them.

    python3 scripts/notebooks.py run [NAME...]      runs them, and writes what they print and draw into the files
    python3 scripts/notebooks.py check [NAME...]    runs them, and fails where a file says otherwise

A block is run by bash in the project's directory, after the notebook's earlier ones; the first that fails ends the notebook. Its
standard output belongs into the next block if that begins with

    ```text output relative=0.02 absolute=0.001

Texts must be equal; numbers may differ by the larger of both tolerances (0 unless given), since rounding differs between machines.

    $SCRATCH    a folder for runs and reports, empty when the notebook starts
    $FIGURES    where figures go that the notebook shows, each NAME.png with its numbers in NAME.csv; a check compares the numbers of
                those it finds beside the committed ones, within the tolerances of the last output block

Standard library only; the program is built before (`make notebooks`).
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks-md"
BLOCK = re.compile(r"^```(\S*)[ \t]*([^\n]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w]*\.(?:png|md|json)\b)")


class Failed(Exception):
    pass


def tolerances(info):
    """relative=… and absolute=… of an output block."""
    given = dict(re.findall(r"(relative|absolute)=(\S+)", info))
    unknown = set(re.findall(r"(\w+)=", info)) - given.keys()
    if unknown:
        raise Failed(f"an output block has {', '.join(sorted(unknown))}=; expected relative= or absolute=")
    return float(given.get("relative", 0)), float(given.get("absolute", 0))


def split(line):
    """The text of a line with # for each number, runs of blanks and dashes as one, and the numbers."""
    numbers = [float(text.replace("−", "-")) for text in NUMBER.findall(line)]
    return re.sub(r"-{3,}", "---", re.sub(r"[ \t]+", " ", NUMBER.sub("#", line))).strip(), numbers


def differences(old, new, relative, absolute):
    """What differs between two texts, a sentence each."""
    old, new = old.splitlines(), new.splitlines()
    if len(old) != len(new):
        yield f"{len(old)} lines, now {len(new)}"
        return
    for before, after in zip(old, new):
        (text, numbers), (text_now, numbers_now) = split(before), split(after)
        if text != text_now:
            yield f"`{before}`, now `{after}`"
            continue
        for x, y in zip(numbers, numbers_now):
            if abs(x - y) > max(relative * max(abs(x), abs(y)), absolute):
                yield f"`{before}`: {x:g}, now {y:g}"


def run_block(code, environment, name):
    process = subprocess.run(["bash", "-euo", "pipefail", "-c", code], cwd=ROOT, env=environment, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if process.returncode:
        end = "\n".join(process.stderr.splitlines()[-12:])
        raise Failed(f"a block of {name} ended with {process.returncode}:\n{code}{end}")
    return process.stdout


def perform(path, figures, scratch):
    """The notebook's text with fresh output, and its differences from the committed one."""
    text = path.read_text(encoding="utf-8")
    environment = dict(os.environ, SCRATCH=str(scratch), FIGURES=str(figures), NO_COLOR="1", LC_ALL="C.UTF-8",
                       PATH=f"{ROOT / '.build/release'}{os.pathsep}{os.environ['PATH']}")
    blocks = list(BLOCK.finditer(text))
    pieces, end, found, bounds = [], 0, [], (0.0, 0.0)
    for place, block in enumerate(blocks):
        if block[1] != "sh":
            continue
        printed = run_block(block[3], environment, path.name)
        output = blocks[place + 1] if place + 1 < len(blocks) else None
        if output is None or output[1] != "text" or not output[2].startswith("output"):
            if printed.strip():
                raise Failed(f"a block of {path.name} prints, and no output block follows it:\n{block[3]}")
            continue
        bounds = tolerances(output[2])
        found += [f"{path.name}: {line}" for line in differences(output[3], printed, *bounds)]
        pieces += [text[end:output.start(3)], printed if printed.endswith("\n") else printed + "\n"]
        end = output.end(3)
    if not pieces:
        raise Failed(f"{path.name} has no sh block with output")
    for shown in re.findall(r"!\[[^\]]*\]\((figures/[^)]+)\)", text):
        numbers = pathlib.Path(shown).with_suffix(".csv").name
        fresh, committed = figures / numbers, NOTEBOOKS / "figures" / numbers
        if not (fresh.exists() and fresh.with_suffix(".png").exists()):
            raise Failed(f"{path.name} shows {shown}, and no block draws it")
        if figures != committed.parent:
            if not committed.exists() or not (NOTEBOOKS / shown).exists():
                found.append(f"{path.name}: {shown} is not committed")
            else:
                found += [f"{numbers}: {line}" for line in differences(
                    committed.read_text(), fresh.read_text(), *bounds)]
    return "".join(pieces) + text[end:], found


def main(arguments):
    if not arguments or arguments[0] not in ("run", "check"):
        sys.exit("usage: notebooks.py run|check [NAME...]")
    writes, names = arguments[0] == "run", arguments[1:]
    paths = [p for p in sorted(NOTEBOOKS.glob("*.md")) if p.name != "README.md" and (not names or p.stem in names)]
    unknown = set(names) - {p.stem for p in paths}
    if unknown or not paths:
        sys.exit(f"there is no notebook {', '.join(sorted(unknown)) or 'at all'} in {NOTEBOOKS.relative_to(ROOT)}")
    stale = []
    for path in paths:
        start, scratch = time.monotonic(), ROOT / "runs/notebooks" / path.stem
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as folder:
            figures = NOTEBOOKS / "figures" if writes else pathlib.Path(folder)
            figures.mkdir(exist_ok=True)
            try:
                text, found = perform(path, figures, scratch)
            except Failed as failure:
                sys.exit(f"notebooks: {failure}")
        if writes and text != path.read_text(encoding="utf-8"):
            temporary = path.with_suffix(".tmp")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(path)
        stale += [] if writes else found
        state = "written" if writes else "stale" if found else "as committed"
        print(f"{path.name}: {state}, {time.monotonic() - start:.0f} s", flush=True)
    for line in stale:
        print(f"  {line}")
    if stale:
        sys.exit("notebooks: what is quoted is no longer what comes out; make notebooks writes it anew")


if __name__ == "__main__":
    main(sys.argv[1:])
