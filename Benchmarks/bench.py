#!/usr/bin/env python3
"""Times the program beside its peers, one process after the other, and writes results/*.json and the tables of README.md.

    make bench ARGS="[--only steps threads crops denoise inference kernels spectra suite start] [--cases small ...] [--rounds 9]
                     [--compiled wide ...]"
    make bench ARGS=--check    # rows of the suite against those of the NumPy script

Each round runs every competitor once (A B A B ...), so that what else the machine does meets all of them; a figure is the
median over rounds, with the smallest and largest beside it.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PROGRAM = ROOT / ".build/release/n2n-analyze"
BENCHMARKS = ROOT / ".build/benchmarks/release/Benchmarks"
DATA = ROOT / ".build/bench-data"
CORES = len(os.sched_getaffinity(0))
# Two settings of some shells that fix what OpenBLAS would choose for this processor better; gone for every side.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
ENVIRONMENT |= {"OMP_NUM_THREADS": str(CORES), "OPENBLAS_NUM_THREADS": str(CORES), "THREADS": str(CORES)}


def run(*command):
    """The JSON objects that a command prints, one a line."""
    done = subprocess.run([str(c) for c in command], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def peer(script, *arguments):
    return run(sys.executable, HERE / "peers" / script, *arguments)[0]


def ours(case, *arguments):
    return run(PROGRAM, "bench", "step", "--json", "--case", case, *arguments)[0]


def spread(values, digits=3):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}..{max(values):.{digits}f})"


def table(head, rows):
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows])


def steps(options):
    rounds = []
    for number in range(options.rounds):
        for case in options.cases:
            rounds.append(dict(round=number, case=case, ours=ours(case, "--threads", CORES),
                               eager=peer("torch_step.py", "--case", case, "--threads", CORES)))
            if case in options.compiled:
                rounds[-1]["compiled"] = peer("torch_step.py", "--case", case, "--threads", CORES, "--compile")
            print(number, case, {k: round(v["seconds_median"], 3) for k, v in rounds[-1].items() if k in SIDES}, flush=True)
    rows = []
    for case in options.cases:
        of_case = [r for r in rounds if r["case"] == case]
        sides = [s for s in SIDES if s in of_case[0]]
        seconds = {s: [r[s]["seconds_median"] for r in of_case] for s in sides}
        ratios = [min(r[s]["seconds_median"] for s in sides[1:]) / r["ours"]["seconds_median"] for r in of_case]
        memory = {s: statistics.median(r[s]["peak_mib"] for r in of_case) for s in sides}
        rows.append([case] + [spread(seconds[s]) if s in sides else "–" for s in SIDES] + [spread(ratios, 2) + " ×"]
                    + [f"{memory[s]:.0f}" if s in sides else "–" for s in SIDES])
    head = ["case", "ours, s", "eager, s", "compiled, s", "best peer / ours", "ours, MiB", "eager, MiB", "compiled, MiB"]
    return rounds, table(head, rows)


CASES = ["small", "medium", "wide"]
SIDES = ["ours", "eager", "compiled"]


def threads(options):
    """One step on more and more threads, and as many separate processes on one thread each as there are cores: they wait for nothing
    of each other, so what they gain is what the machine has to give."""
    counts = [n for n in (1, 2, 4, 8, 16, 32) if n <= CORES]
    most = counts[-1]

    def seconds(case, threads):
        return ours(case, "--threads", threads)["seconds_median"]

    rounds = []
    for number in range(options.rounds):
        for case in options.cases:
            rounds.append(dict(round=number, case=case, **{str(n): seconds(case, n) for n in counts}))
            with ThreadPoolExecutor(most) as processes:
                apart = list(processes.map(lambda _: seconds(case, 1), range(most)))
            rounds[-1]["apart"] = statistics.mean(apart)
            print(*rounds[-1].values(), flush=True)
    rows = []
    for case in options.cases:
        of_case = [r for r in rounds if r["case"] == case]
        rows.append([case] + [spread([r[str(n)] for r in of_case]) for n in counts]
                    + [spread([r["1"] / r[str(most)] for r in of_case], 2) + " ×",
                       spread([most * r["1"] / r["apart"] for r in of_case], 2) + " ×"])
    return rounds, table(["case"] + [f"{n} threads, s" for n in counts]
                         + [f"1 → {most} threads", f"1 → {most} processes"], rows)


def crops(options):
    """Batches that keep the number of pixels of a step."""
    sizes = {64: 64, 128: 16, 256: 4, 512: 1}
    rounds = [dict(round=r, **ours("medium", "--crop", crop, "--batch", batch, "--steps", 3))
              for r in range(options.rounds) for crop, batch in sizes.items()]
    rows = []
    for crop, batch in sizes.items():
        of_crop = [r for r in rounds if r["crop"] == crop]
        rows.append([f"{batch} × {crop}²", spread([1e6 * r["seconds_median"] / (batch * crop**2) for r in of_crop]),
                     f"{statistics.median(r['peak_mib'] for r in of_crop):.0f}"])
    return rounds, table(["images of one domain, case medium", "step, µs a pixel", "peak, MiB"], rows)


def denoise(options):
    """One image of 2048²: strips of ours, the whole image in PyTorch, with the same weights. PyTorch, whose passes take up to a
    minute, is timed once a round, after one that is not counted."""
    rounds = []
    for case in options.cases:
        run(BENCHMARKS, "denoise-data", DATA, case)
        for number in range(options.rounds):
            rounds.append(dict(round=number, case=case, ours=run(BENCHMARKS, "denoise", DATA, case)[0],
                               eager=peer("torch_denoise.py", DATA, "--case", case, "--threads", CORES, "--runs", 1)))
            print(number, case, {k: statistics.median(rounds[-1][k]["seconds"]) for k in ("ours", "eager")}, flush=True)
            tiled, other = rounds[-1]["ours"]["difference"], rounds[-1]["eager"]["difference"]
            if not (tiled <= 1e-5 and other <= 1e-4):
                raise SystemExit(f"denoise: strips differ from the whole image by {tiled:.1e}, expected at most 1e-5; "
                                 f"from PyTorch by {other:.1e}, expected at most 1e-4")
    rows = []
    for case in options.cases:
        of_case = [r for r in rounds if r["case"] == case]
        seconds = {s: [statistics.median(r[s]["seconds"]) for r in of_case] for s in ("ours", "eager")}
        rows.append([case, spread(seconds["ours"], 2), spread(seconds["eager"], 2),
                     spread([e / o for o, e in zip(seconds["ours"], seconds["eager"])], 2) + " ×"]
                    + [f"{statistics.median(r[s]['peak_mib'] for r in of_case):.0f}" for s in ("ours", "eager")]
                    + [f"{max(r[s]['difference'] for r in of_case):.0e}" for s in ("ours", "eager")])
    return rounds, table(["case", "ours, s", "PyTorch, s", "PyTorch / ours", "ours, MiB", "PyTorch, MiB", "strips - whole",
                          "ours - PyTorch"], rows)


def over_bound(command, options):
    lines = run(BENCHMARKS, command)
    rows = [[x["kernel"], x["case"], x["shape"], f"{x['milliseconds']:.3f}", f"{x['achieved']:.1f} {x['unit']}",
             f"{x['attainable']:.1f}", f"{100 * x['achieved'] / x['attainable']:.0f} %"]
            for x in sorted(lines, key=lambda x: x["kernel"]) if x["case"] in options.cases]
    return lines, table(["kernel", "case", "shape", "ms", "achieved", "attainable", "share"], rows)


def spectra(options):
    run(BENCHMARKS, "spectra-data", DATA)
    rounds, rows = [], []
    for rings in (32, 128):
        pairs = [(run(BENCHMARKS, "spectra", DATA, rings)[0],
                  peer("numpy_spectra.py", DATA, "--rings", rings, "--threads", CORES)) for _ in range(options.rounds)]
        differences = [abs(u - v) / abs(v) for mine, other in pairs for key in other["numbers"]
                       for u, v in zip(mine["numbers"][key], other["numbers"][key], strict=True)]
        worst = max(differences)
        if not worst < 1e-10:
            raise SystemExit(f"spectra: the two sides differ by {worst:.1e}; expected less than 1e-10")
        seconds = [[statistics.median(side["seconds"]) for side in pair] for pair in pairs]
        rounds.append(dict(rings=rings, seconds=seconds, largest_relative_difference=worst, peer=pairs[0][1]["peer"]))
        rows.append([rings, spread([a for a, _ in seconds]), spread([b for _, b in seconds]),
                     spread([b / a for a, b in seconds], 2) + " ×", f"{worst:.0e}"])
    return rounds, table(["rings", "ours, s", "NumPy, s", "NumPy / ours", "largest relative difference"], rows)


# Ids whose estimates differ by definition, with the reason; all others agree to 1e-6.
OTHERWISE = {
    "control": "each side draws its own noise: estimates agree within both intervals",
    "decomposition.identity": "rounding alone: both are below 1e-12",
}


def agrees(id_, mine, other):
    """Whether two estimates of one row agree, with their relative difference."""
    a, b = mine["estimate"], other["estimate"]
    difference = abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0
    if id_.startswith("control"):
        widths = [high - low for low, high in (mine["ci95"], other["ci95"])]
        # Float32 outputs round an exchange of known size to 1e-7.
        return abs(a - b) <= sum(widths) + 1e-6, difference
    if id_ == "decomposition.identity":
        return max(abs(a), abs(b)) < 1e-12, difference
    return difference <= 1e-6, difference


def compared(results, peers):
    """Largest relative difference of estimate and p-value and of interval ends over the interval's width, by id; a message for each
    disagreement; ids of the program alone."""
    def keyed(rows):
        return {(row["id"], row.get("direction")): row for row in rows if row.get("estimate") is not None}
    mine, others = keyed(results["subjects"][0]["checks"] + results["controls"]), keyed(peers["rows"])
    table, wrong = {}, [f"{key}: made by one side alone" for key in others if key not in mine]
    for key in mine.keys() & others.keys():
        a, b = mine[key], others[key]
        agree, difference = agrees(key[0], a, b)
        if not agree:
            wrong.append(f"{key}: {a['estimate']!r}, NumPy {b['estimate']!r}")
        p = ends = 0.0
        if b["p"] is not None and a.get("p_value") is not None and max(a["p_value"], b["p"]) > 1e-300:
            p = abs(a["p_value"] - b["p"]) / max(a["p_value"], b["p"])
        if a.get("ci95") and b["ci95"]:
            # Rounding moves an interval that is a point.
            ends = max(abs(u - v) for u, v in zip(a["ci95"], b["ci95"])) / max(a["ci95"][1] - a["ci95"][0], 1e-6)
        if not key[0].startswith("control") and (p > 1e-5 or ends > 0.3):
            wrong.append(f"{key}: p {a.get('p_value')}, NumPy {b['p']}; interval {a.get('ci95')}, NumPy {b['ci95']}")
        table[key[0]] = [max(u, v) for u, v in zip((difference, p, ends), table.get(key[0], (0.0, 0.0, 0.0)))]
    return table, wrong, sorted({key[0] for key in mine if key not in others})


def suite_outputs(name, *arguments):
    """Makes the folder of saved outputs of that name."""
    subprocess.run([sys.executable, HERE / "peers/suite_data.py", DATA / name, *map(str, arguments)], check=True)
    return DATA / name


def leak_test(folder):
    """Wall and processor seconds of one leak test with its report, and what it found."""
    out = DATA / "suite-report"
    before, began = os.times(), time.perf_counter()
    done = subprocess.run([PROGRAM, "leak-test", "--outputs", folder, "--out", out, "--threads", str(CORES), "--quiet"],
                          env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    seconds, after = time.perf_counter() - began, os.times()
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"suite: leak-test ended with {done.returncode}; 0, 1 or 3 are answers")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return dict(seconds=seconds, processor=processor), json.loads((out / "results.json").read_text())


def check_suite():
    """Compares the rows with those of the NumPy script; ends the run where they disagree. Two sets: one with training pairs, whose
    intervals are resampled, and a small one of an odd size, whose intervals are Student's and agree, too."""
    found, wrong, alone = {}, [], set()
    for name, arguments in (("suite-training", ("--training", 24)), ("suite-odd", ("--pairs", 8, "--side", 101))):
        folder = suite_outputs(name, *arguments)
        differences, disagreements, others = compared(leak_test(folder)[1], peer("numpy_suite.py", folder, "--threads", CORES))
        for id_, values in differences.items():
            found[id_] = [max(pair) for pair in zip(values, found.get(id_, values))]
        wrong += [f"{name} {text}" for text in disagreements]
        alone |= set(others)
    rows = [[id_, *(f"{x:.0e}" for x in found[id_]), next((v for k, v in OTHERWISE.items() if id_.startswith(k)), "")]
            for id_ in sorted(found)]
    print(table(["id", "estimate, relative", "p, relative", "interval ends / width", "differs by definition"], rows))
    print(f"\nOf the program alone: {', '.join(sorted(alone)) or 'none'}", flush=True)
    if wrong:
        raise SystemExit("suite: rows disagree\n" + "\n".join(wrong))
    return found


def suite(options):
    """`leak-test --outputs` as users call it, process start, reading and report included, beside a NumPy script that reads the same
    files and makes the same rows: its imports left out, no report, the faster of two passes."""
    agreement = check_suite()
    folder = suite_outputs("suite")
    rounds = []
    for number in range(options.rounds):
        mine, other = leak_test(folder)[0], peer("numpy_suite.py", folder, "--threads", CORES, "--rounds", 2)
        del other["rows"]
        rounds.append(dict(round=number, ours=mine, numpy=other))
        print(number, mine, other["seconds"], other["processor"], flush=True)

    def row(name, key, importing):
        pairs = [(r["ours"][key], min(r["numpy"][key]), r["numpy"][importing]) for r in rounds]
        return [name, *(spread([p[k] for p in pairs]) for k in range(3)), spread([b / a for a, b, _ in pairs], 2) + " ×"]
    rows = [row("wall", "seconds", "import_seconds"), row("processor", "processor", "import_processor")]
    return dict(rounds=rounds, agreement=agreement), table(
        ["24 pairs of 128²", "ours with report, s", "NumPy, rows alone, s", "importing NumPy and SciPy, s", "NumPy / ours"], rows)


def start(_):
    def once():
        began = time.perf_counter()
        subprocess.run([PROGRAM, "--version"], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        return 1e3 * (time.perf_counter() - began)
    milliseconds = [once() for _ in range(20)]
    return milliseconds, table(["`n2n-analyze --version`, ms"], [[spread(milliseconds, 1)]])


def machine():
    def installed(module):
        try:
            return {module: importlib.metadata.version(module)}
        except importlib.metadata.PackageNotFoundError:
            return {}
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    return dict(cpu=cpu[1] if cpu else platform.machine(), cores=CORES, system=platform.system(),
                swift=re.search(r"Swift version (\S+)", swift)[1], **run(BENCHMARKS, "libraries")[0],
                python=platform.python_version(), **installed("numpy"), **installed("scipy"), **installed("torch"))


def core_time():
    """What the cores have worked since the start, and what the host of a virtual machine has taken from that, in ticks."""
    user, nice, system, _, _, irq, softirq, stolen, *_ = map(int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return user + nice + system + irq + softirq + stolen, stolen


def main():
    parts = dict(steps=steps, threads=threads, crops=crops, denoise=denoise, inference=lambda o: over_bound("inference", o),
                 kernels=lambda o: over_bound("kernels", o), spectra=spectra, suite=suite, start=start)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--compiled", nargs="*", choices=CASES, default=CASES,
                        help="cases that torch.compile is timed on too, up to a minute a round and minutes the first time; may be none")
    parser.add_argument("--check", action="store_true", help="compare the rows of the suite with those of the NumPy script, time nothing")
    options = parser.parse_args()
    if options.check:
        return check_suite()
    described = machine()
    page = HERE / "README.md"
    for name in options.only:
        wanted, taken = core_time()
        measured, rows = parts[name](options)
        wanted, taken = (now - before for now, before in zip(core_time(), (wanted, taken)))
        print(f"\n{name}\n\n{rows}\n", flush=True)
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{name}.json").write_text(
            json.dumps(dict(machine=described, core_time_taken_away=taken / wanted, measured=measured), indent=1) + "\n")
        facts = ", ".join(f"{k} {v}" for k, v in described.items())
        block = f"<!-- {name} -->\n\n{rows}\n\nMeasured on {facts}. The host took away {100 * taken / wanted:.0f} % of the core time.\n\n<!-- end -->"
        page.write_text(re.sub(rf"<!-- {name} -->.*?<!-- end -->", lambda _: block, page.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    main()
