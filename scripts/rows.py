#!/usr/bin/env python3
"""Prints rows of a results.json, one a line: python3 scripts/rows.py REPORT/results.json ID...

An id may end in @b->a for one direction. Columns: subject, id, direction, estimate with its 95 % interval, status. Standard library only.
"""
import json
import sys


def number(value):
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:.0f}"


def main(path, wanted):
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    subjects = results["subjects"] + [{"name": "controls", "checks": results.get("controls", [])}]
    known = {row["id"] for subject in subjects for row in subject["checks"]}
    for subject in subjects:
        for want in wanted:
            name, _, direction = want.partition("@")
            if name not in known:
                sys.exit(f"rows.py: {path} has no row {name}")
            for row in subject["checks"]:
                if row["id"] != name or direction not in ("", row.get("direction")):
                    continue
                estimate, interval = row.get("estimate"), row.get("ci95")
                text = "-" if estimate is None else number(estimate)
                if interval:
                    text += f" [{number(interval[0])}, {number(interval[1])}]"
                place = row.get("direction") or "-"
                print(f"{subject['name']:<18} {name:<28} {place:<5} {text:<28} {row['status']}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__.splitlines()[0])
    main(sys.argv[1], sys.argv[2:])
