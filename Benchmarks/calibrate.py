#!/usr/bin/env python3
"""Runs the calibration of the checks and writes results/calibration.json and the tables of CALIBRATION.md.

    python3 Benchmarks/calibrate.py [--trials 1000] [--from lines.jsonl]
"""

import argparse
import json
import math
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / ".build/benchmarks/release/Benchmarks"


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
    mark = "" if low <= row["count"] <= high else " ↓" if row["count"] < low else " ↑"
    return f"{share:.3f}{mark}"


def table(rows, kinds, rate):
    rows = [row for row in rows if row["kind"] in kinds]
    noises = list(dict.fromkeys(row["noise"] for row in rows))
    tests = list(dict.fromkeys(row["test"] for row in rows))
    lines = ["| check | " + " | ".join(noises) + " |", "|" + " --- |" * (len(noises) + 1)]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--from", dest="lines", help="a file of lines instead of a run")
    options = parser.parse_args()
    if options.lines:
        text = pathlib.Path(options.lines).read_text()
    else:
        text = subprocess.run(
            ["nice", str(PROGRAM), "calibrate", str(options.trials)], check=True, text=True, stdout=subprocess.PIPE).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    (HERE / "results/calibration.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    page = HERE / "CALIBRATION.md"
    content = page.read_text()
    trials = max(row["trials"] for row in rows)
    (low, high), (least, most) = band(trials, 0.05), band(trials, 0.95)
    tables = {
        "size": f"**{trials:,} data sets for each noise.** The 99 % band of α = 0.05 is then {low / trials:.3f} to "
        f"{high / trials:.3f}, that of 95 % coverage {least / trials:.3f} to {most / trials:.3f}.",
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
