#!/usr/bin/env python3
"""Runs the calibration of the checks: results/calibration.json, the tables of CALIBRATION.md and its figures.

    python3 Benchmarks/calibrate.py [--trials 1000] [--only PART | --tables]

A part is one of the noises, or `power`. What was measured of a part stays in .build/calibration, so that an interrupted run goes on
with the next one; remove that directory after a change of the checks. Tables and figures show the parts that are there.
"""

import argparse
import json
import math
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / ".build/benchmarks/release/Benchmarks"
CACHE = HERE.parent / ".build/calibration"
PARTS = ["white", "blurred 0.5 px", "blurred 1 px", "blurred 2 px", "Poisson", "Rician", "rows", "power"]


def band(trials, rate):
    """Smallest and largest count within the central 99 % of a binomial."""
    cumulative, lower = 0.0, None
    for count in range(trials + 1):
        cumulative += math.exp(
            math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
            + count * math.log(rate) + (trials - count) * math.log1p(-rate))
        if lower is None and cumulative > 0.005:
            lower = count
        if cumulative >= 0.995:
            return lower, count
    return lower or 0, trials


def cell(row, rate):
    judged = row["trials"] - row["refused"]
    if judged == 0 or row["refused"] > 0.5 * row["trials"]:
        text = f"refused {100 * row['refused'] / row['trials']:.0f} %"
        return text if judged == 0 else f"{text} ({row['count']} of {judged})"
    share = row["count"] / judged
    if row["kind"] == "detections":
        return f"finds {100 * share:.0f} %"
    low, high = band(judged, rate)
    if row.get("bound"):
        low = 0
    mark = "" if low <= row["count"] <= high else " ↓" if row["count"] < low else " ↑"
    return f"{share:.3f}{mark}"


def table(rows, kinds, rate):
    rows = [row for row in rows if row["kind"] in kinds]
    noises = list(dict.fromkeys(row["noise"] for row in rows))
    tests = list(dict.fromkeys(row["test"] for row in rows))
    sizes = {row["noise"]: row["trials"] for row in rows}
    lines = ["| check | " + " | ".join(f"{noise} ({sizes[noise]:,})" for noise in noises) + " |", "|" + " --- |" * (len(noises) + 1)]
    for test in tests:
        found = {row["noise"]: cell(row, rate) for row in rows if row["test"] == test}
        lines.append(f"| `{test}` | " + " | ".join(found.get(noise, "") for noise in noises) + " |")
    return "\n".join(lines)


def power(rows):
    lines = ["| pixels in tiles | λ | found | printed detectable effect |", "| --- | --- | --- | --- |"]
    for row in rows:
        if row["kind"] == "power":
            lines.append(
                f"| {row['units'] * 1024:,} | {row['leak']:.4f} | {row['count'] / row['trials']:.3f} "
                f"| {row['detectable']:.4f} |")
    return "\n".join(lines)


def measured(trials, parts):
    """The lines of every part that is there; of `parts`, those that are missing are run."""
    lines = []
    for part in PARTS:
        kept = CACHE / f"{trials}-{part.replace(' ', '_')}.jsonl"
        if not kept.exists() and part in parts:
            made = subprocess.run(
                ["nice", "-n", "10", str(PROGRAM), "calibrate", part, str(trials)], check=True, text=True,
                stdout=subprocess.PIPE).stdout
            CACHE.mkdir(parents=True, exist_ok=True)
            kept.with_suffix(".part").write_text(made)
            kept.with_suffix(".part").rename(kept)
        if kept.exists():
            lines += kept.read_text().splitlines()
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000, help="data sets for each noise")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--only", choices=PARTS, help="measure one part and write nothing else")
    choice.add_argument("--tables", action="store_true", help="measure nothing; write what is there")
    options = parser.parse_args()
    lines = measured(options.trials, [] if options.tables else [options.only] if options.only else PARTS)
    if options.only:
        return
    rows = [json.loads(line) for line in lines]
    results = HERE / "results/calibration.json"
    results.write_text(json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    (HERE / "figures").mkdir(exist_ok=True)
    subprocess.run([str(PROGRAM), "calibration-figures", str(results), str(HERE / "figures")], check=True)
    page = HERE / "CALIBRATION.md"
    content = page.read_text()
    trials = max(row["trials"] for row in rows)
    (low, high), (least, most) = band(trials, 0.05), band(trials // 2, 0.95)
    tables = {
        "size": f"Data sets in brackets behind each noise. With {trials:,} of them the 99 % band of α = 0.05 is {low / trials:.3f} to "
        f"{high / trials:.3f}, that of 95 % coverage, of half as many, {least / (trials // 2):.3f} to {most / (trials // 2):.3f}.",
        "alarms": table(rows, ("false alarms", "detections"), 0.05), "coverage": table(rows, ("coverage",), 0.95),
        "power": power(rows),
    }
    for name, made in tables.items():
        before, _, rest = content.partition(f"<!-- {name} -->")
        _, end, after = rest.partition("<!-- end -->")
        content = f"{before}<!-- {name} -->\n\n{made}\n\n{end}{after}"
    page.write_text(content)


if __name__ == "__main__":
    main()
