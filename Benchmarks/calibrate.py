#!/usr/bin/env python3
"""Runs the calibration of the checks: results/calibration.json, the tables of CALIBRATION.md and its figures.

    python3 Benchmarks/calibrate.py [--trials 1000] [--sets 130] [--leak-sets 20] [--only PART | --tables]

A part is one of the noises, `power` or `verdict` (calibrate_verdict.py, results/verdict.json). What was measured of a part stays in
.build/calibration, so that an interrupted run goes on with the next one; remove that directory after a change of the checks. Tables and
figures show the parts that are there.
"""

import argparse
import json
import math
import pathlib
import subprocess

from calibrate_verdict import Verdict, lines_of

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / ".build/benchmarks/release/Benchmarks"
CACHE = HERE.parent / ".build/calibration"
PARTS = ["white", "blurred 0.5 px", "blurred 1 px", "blurred 2 px", "Poisson", "Rician", "rows", "power"]
# Parts of one run each, with the number of data sets; results/NAME.json and a table of its rows.
EXTRA = {
    "audit": 200,
    "registration": 100,
    "frc": 200,
}


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


def mark(row, judged):
    """On which side of its band a count lies; below it is no fault where the rate is a bound."""
    low, high = band(judged, 0.95 if row["kind"] == "coverage" else 0.05)
    if row.get("bound"):
        low = 0
    return "" if low <= row["count"] <= high else " ↓" if row["count"] < low else " ↑"


def is_outside(row):
    judged = row["trials"] - row["refused"]
    return row["kind"] in ("false alarms", "coverage") and 2 * judged >= row["trials"] and mark(row, judged) != ""


def cell(row, again):
    judged = row["trials"] - row["refused"]
    if judged == 0 or row["refused"] > 0.5 * row["trials"]:
        text = f"refused {100 * row['refused'] / row['trials']:.0f} %"
        return text if judged == 0 else f"{text} ({row['count']} of {judged})"
    share = row["count"] / judged
    if row["kind"] == "detections":
        return f"finds {100 * share:.0f} %"
    text = f"{share:.3f}{mark(row, judged)}"
    return f"{text}, again {cell(again, None)}" if again else text


def table(rows, kinds, again):
    second = {(row["kind"], row["noise"], row["test"]): row for row in again}
    rows = [row for row in rows if row["kind"] in kinds]
    noises = list(dict.fromkeys(row["noise"] for row in rows))
    tests = list(dict.fromkeys(row["test"] for row in rows))
    sizes = {row["noise"]: row["trials"] for row in rows}
    lines = ["| check | " + " | ".join(f"{noise} ({sizes[noise]:,})" for noise in noises) + " |", "|" + " --- |" * (len(noises) + 1)]
    for test in tests:
        found = {
            row["noise"]: cell(row, second.get((row["kind"], row["noise"], test))) for row in rows if row["test"] == test}
        lines.append(f"| `{test}` | " + " | ".join(found.get(noise, "") for noise in noises) + " |")
    return "\n".join(lines)


def family(rows):
    """The tests of one model and direction together, as they are and as the suite corrects them."""
    found = {(row["noise"], row["test"]): row for row in rows if row["kind"] == "family"}
    lines = ["| noise | tests | any p < 0.05 | any p < 0.05 after correction |", "| --- | --- | --- | --- |"]
    for (noise, test), row in found.items():
        if test == "any":
            corrected = found[noise, "any, corrected"]
            lines.append(
                f"| {noise} ({row['trials']:,}) | {row['units']} | {row['count'] / row['trials']:.3f} "
                f"| {corrected['count'] / corrected['trials']:.3f} |")
    return "\n".join(lines)


def power(rows):
    lines = ["| pixels in tiles | λ | data sets | found | printed detectable effect |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        if row["kind"] == "power":
            lines.append(
                f"| {row['units'] * 1024:,} | {row['leak']:.4f} | {row['trials'] - row['refused']} "
                f"| {row['count'] / (row['trials'] - row['refused']):.3f} "
                f"| {row['detectable']:.4f} |")
    return "\n".join(lines)


def rows_of(program, part, trials, again, wanted):
    """What was measured of a part, now if it is missing and wanted; of the rows `again` on other data sets, if there are any."""
    kept = CACHE / f"{trials}-{part.replace(' ', '_')}{'-again' if again else ''}.jsonl"
    return lines_of(kept, [program, "calibrate", part, str(trials), *again], wanted)


def measured(program, trials, parts):
    """The rows of every part that is there, those of `parts` measured if they are missing; and twice as many data sets of those rows
    that are outside their band."""
    first, second = [], []
    for part in PARTS:
        rows = rows_of(program, part, trials, [], part in parts)
        first += rows
        outside = {(row["kind"], row["test"]) for row in rows if is_outside(row)}
        if outside:
            again = rows_of(program, part, 2 * trials, sorted({test for _, test in outside}), part in parts)
            second += [dict(row, again=True) for row in again if (row["kind"], row["test"]) in outside]
    return first, second


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000, help="data sets for each noise")
    parser.add_argument("--sets", type=int, default=130, help="data sets for each case of the verdict")
    parser.add_argument("--leak-sets", type=int, default=20, help="data sets for each leak and energy")
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM, help="what measures")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--only", choices=PARTS + ["verdict", *EXTRA],
        help="measure one part and write nothing else; its own tables, where it is no noise and not the power")
    choice.add_argument("--tables", action="store_true", help="measure nothing; write what is there")
    options = parser.parse_args()
    if options.only in (None, "verdict"):
        write_verdict(Verdict(options.program, CACHE, options.sets, options.leak_sets), not options.tables)
    for part, trials in EXTRA.items():
        if options.only in (None, part):
            write_extra(options.program, part, trials, not options.tables)
    if options.only == "verdict" or options.only in EXTRA:
        return
    rows, again = measured(
        options.program, options.trials, [] if options.tables else [options.only] if options.only else PARTS)
    if options.only or not rows:
        return
    write_results("calibration", rows + again)
    (HERE / "figures").mkdir(exist_ok=True)
    subprocess.run(
        [str(options.program), "calibration-figures", str(HERE / "results/calibration.json"), str(HERE / "figures")], check=True)
    trials = max(row["trials"] for row in rows)
    (low, high), (least, most) = band(trials, 0.05), band(trials // 2, 0.95)
    write_tables({
        "size": f"Data sets in brackets behind each noise. With {trials:,} of them the 99 % band of α = 0.05 is {low / trials:.3f} to "
        f"{high / trials:.3f}, that of 95 % coverage, of half as many, {least / (trials // 2):.3f} to {most / (trials // 2):.3f}.",
        "alarms": table(rows, ("false alarms", "detections"), again), "coverage": table(rows, ("coverage",), again),
        "family": family(rows), "power": power(rows),
    })


def write_verdict(verdict, wanted):
    rows = verdict.measured(wanted)
    if rows:
        write_results("verdict", rows)
        write_tables(verdict.tables(rows))


def write_extra(program, part, trials, wanted):
    kept = CACHE / f"{trials}-{part}.jsonl"
    rows = lines_of(kept, [program, part, str(trials)], wanted)
    if rows:
        write_results(part, rows)
        keys = list(dict.fromkeys(key for row in rows for key in row))
        write_tables({part: "\n".join(
            ["| " + " | ".join(keys) + " |", "|" + " --- |" * len(keys)]
            + ["| " + " | ".join(f"{row.get(key, ''):.3g}" if isinstance(row.get(key), float) else str(row.get(key, "")) for key in keys)
               + " |" for row in rows])})


def write_results(name, rows):
    (HERE / f"results/{name}.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def write_tables(tables):
    """Puts each between its mark and the next end in CALIBRATION.md."""
    page = HERE / "CALIBRATION.md"
    content = page.read_text()
    for name, made in tables.items():
        before, _, rest = content.partition(f"<!-- {name} -->")
        _, end, after = rest.partition("<!-- end -->")
        content = f"{before}<!-- {name} -->\n\n{made}\n\n{end}{after}"
    page.write_text(content)


if __name__ == "__main__":
    main()
