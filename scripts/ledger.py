#!/usr/bin/env python3
"""Shows a ledger of claims, or compares one that was measured again: python3 scripts/ledger.py LEDGER.json [AGAIN.json]

With two: for each claim of the second, whether the verdict is the same and whether each number lies within the first one's interval
(or equals it, where that has none). Exit code 1 where something does not. Standard library only.
"""
import json
import sys


def rows(path):
    with open(path, encoding="utf-8") as file:
        return {row["id"]: row for row in json.load(file)["rows"]}


def main(path, again=None):
    ledger = rows(path)
    if again is None:
        for row in ledger.values():
            judged = [finding for finding in row["findings"] if finding["status"] != "shown"]
            supported = sum(finding["status"] == "supported" for finding in judged)
            print(f"{row['id']:<4} {row['verdict']:<18} {supported} of {len(judged)} parts  {row['claim']}")
        return 0
    status = 0
    for name, new in rows(again).items():
        old = ledger[name]
        inside = 0
        for before, after in zip(old["findings"], new["findings"], strict=True):
            low, high = before.get("ci95") or [before["value"]] * 2
            inside += low <= after["value"] <= high
        same = old["verdict"] == new["verdict"]
        print(f"{name}: {'the same verdict' if same else 'ANOTHER VERDICT'} ({new['verdict']}), "
              f"{inside} of {len(new['findings'])} numbers within the committed intervals")
        status |= not same or inside < len(new["findings"])
    return int(status)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__.splitlines()[0])
    sys.exit(main(*sys.argv[1:]))
