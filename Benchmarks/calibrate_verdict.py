"""The part `verdict` of calibrate.py: results/verdict.json and three tables of CALIBRATION.md.

What was measured of a case or a leak stays in .build/calibration, as that of the other parts does.
"""

import json
import math
import subprocess


def wilson(count, trials, z=1.959964):
    """Lower and upper end of the 95 % interval of a share."""
    if trials == 0:
        return 0.0, 1.0
    share = count / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def lines_of(kept, command, wanted):
    """What a run of the program printed: kept from before, or made now if it is missing and wanted."""
    if not kept.exists() and wanted:
        made = subprocess.run(
            ["nice", "-n", "10", *map(str, command)], check=True, text=True, stdout=subprocess.PIPE).stdout
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.with_suffix(".part").write_text(made)
        kept.with_suffix(".part").rename(kept)
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


class Verdict:
    """Measures and shows one question after the other."""

    def __init__(self, program, cache, sets, leak_sets):
        self.program, self.cache = program, cache
        self.sets = {"null": sets, "coverage": sets, "leaks": leak_sets}

    def measured(self, wanted):
        """The rows of every part that is there, of all parts if they are wanted."""
        parts = json.loads(subprocess.run([str(self.program), "verdict-parts"], check=True, text=True, stdout=subprocess.PIPE).stdout)
        return [row for part in ("null", "leaks", "coverage") for kind in parts[part] for row in self.rows_of(part, kind, wanted)]

    def rows_of(self, part, kind, wanted):
        trials = self.sets[part]
        kept = self.cache / f"verdict-{part}-{kind}-{trials}.jsonl"
        return lines_of(kept, [self.program, f"verdict-{part}", kind, str(trials)], wanted)

    @staticmethod
    def tables(rows):
        """The tables by the name of their place in CALIBRATION.md; of what was measured only."""
        made = {"null": null, "leaks": leaks, "coverage": coverage}
        found = {part: [row for row in rows if row["part"] == part] for part in made}
        return {f"verdict-{part}": make(found[part]) for part, make in made.items() if found[part]}


def percent(count, trials):
    return "–" if trials == 0 else f"{100 * count / trials:.0f} %"


def names(counts, limit=3):
    """The rows that were counted most often."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = f", {len(ordered) - limit} more" if len(ordered) > limit else ""
    return ", ".join(f"`{name}` {count}" for name, count in ordered[:limit]) + more


def merged(rows, key):
    total = {}
    for row in rows:
        for name, count in row[key].items():
            total[name] = total.get(name, 0) + count
    return total


EVIDENCE = {"exchange": "with the exchange", "clean": "clean images alone", "fresh": "a repeat alone"}


def null(rows):
    """False fails over all cases for each evidence, then each case."""
    lines = [
        "| evidence | data sets | false `fail` | 95 % interval | pass | λ is decided | pass where λ is decided | rows that failed |",
        "|" + " --- |" * 8]
    for evidence, words in EVIDENCE.items():
        own = [row for row in rows if row["evidence"] == evidence]
        lines.append(f"| {words} |" + null_cells(own))
    lines.append("| **all** |" + null_cells(rows))
    lines += ["", "By case: false `fail`, and `pass` where λ is decided to be within ±ε.", ""]
    lines += [
        "| case | " + " | ".join(f"fail, {words} | pass, {words}" for words in EVIDENCE.values()) + " | other verdicts | rows that failed |",
        "|" + " --- |" * (3 + 2 * len(EVIDENCE))]
    for case in dict.fromkeys(row["kind"] for row in rows):
        own = {row["evidence"]: row for row in rows if row["kind"] == case}
        cells = []
        for evidence in EVIDENCE:
            row = own.get(evidence)
            if row is None:
                cells += ["", ""]
                continue
            cells.append(f"{fails(row)} of {row['trials']}{above(fails(row), row['trials'])}")
            cells.append(f"{row['passesOfDecided']} of {row['decided']}{below(row['passesOfDecided'], row['decided'])}")
        others = {name: count for name, count in merged(own.values(), "verdicts").items() if name in ("premise", "error")}
        lines.append(
            f"| {next(iter(own.values()))['title']} | " + " | ".join(cells)
            + f" | {', '.join(f'{name} {count}' for name, count in sorted(others.items()))} | {names(merged(own.values(), 'failing'))} |")
    return "\n".join(lines)


def fails(row):
    return row["verdicts"].get("fail", 0)


def null_cells(rows):
    trials, failed = sum(row["trials"] for row in rows), sum(fails(row) for row in rows)
    passed = sum(row["verdicts"].get("pass", 0) for row in rows)
    decided, passes = sum(row["decided"] for row in rows), sum(row["passesOfDecided"] for row in rows)
    low, high = wilson(failed, trials)
    mark = " ↑" if low > 0.01 else ""
    return (
        f" {trials:,} | {failed}{mark} | {100 * low:.2f} to {100 * high:.2f} % | {percent(passed, trials)} | {decided:,} "
        f"| {percent(passes, decided)}{below(passes, decided)} | {names(merged(rows, 'failing'), 5)} |")


def above(failed, trials):
    """A rate of false fails that is above 1 % beyond chance."""
    return " ↑" if wilson(failed, trials)[0] > 0.01 else ""


def below(passed, decided):
    """A rate of passes that is below 90 % beyond chance."""
    return " ↓" if decided and wilson(passed, decided)[1] < 0.9 else ""


def leaks(rows):
    lines = [
        "| leak | energy | `fail` with the exchange | clean images alone: `fail` | open | pass | of these, the scope claims such leaks | seen by |",
        "|" + " --- |" * 8]
    group = None
    for kind in dict.fromkeys(row["kind"] for row in rows):
        for energy in sorted({row["energy"] for row in rows if row["kind"] == kind}):
            own = {row["evidence"]: row for row in rows if row["kind"] == kind and row["energy"] == energy}
            exchange, clean = own["exchange"], own["clean"]
            if exchange["title"] != group:
                group = exchange["title"]
                lines.append(f"| *{group}* |" + " |" * 7)
            passed = clean["verdicts"].get("pass", 0)
            # Such a pass was wrong.
            claimed = f"{clean['claimed']} ↓" if clean["claimed"] else "0" if passed else ""
            lines.append(
                f"| {kind} | {energy:.0f} ε² | {percent(fails(exchange), exchange['trials'])}"
                f"{' ↓' if fails(exchange) < exchange['trials'] else ''} | {percent(fails(clean), clean['trials'])} "
                f"| {percent(clean['trials'] - fails(clean) - passed, clean['trials'])} | {percent(passed, clean['trials'])} "
                f"| {claimed} | {names(clean['failing'])} |")
    return "\n".join(lines)


def coverage(rows):
    tests = list(dict.fromkeys(row["row"] for row in rows))
    lines = ["| case | " + " | ".join(f"`{test}`" for test in tests) + " |", "|" + " --- |" * (1 + len(tests))]
    for case in dict.fromkeys(row["kind"] for row in rows):
        own = {row["row"]: row for row in rows if row["kind"] == case}
        cells = []
        for test in tests:
            row = own[test]
            judged = row["trials"] - row["refused"]
            refused = f"refused {percent(row['refused'], row['trials'])}" if row["refused"] else ""
            if judged == 0:
                cells.append(refused)
                continue
            low, high = wilson(row["holds"], judged)
            mark = " ↓" if high < 0.95 else ""
            cells.append(f"{row['holds'] / judged:.3f} ({low:.3f} to {high:.3f}){mark}" + (f"; {refused}" if refused else ""))
        lines.append(f"| {next(iter(own.values()))['title']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
