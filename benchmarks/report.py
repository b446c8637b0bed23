"""Measure the rows and write RESULTS.md, its raw data and the README's table.

    python benchmarks/report.py                  # three runs of 15 interleaved rounds: several minutes, quiet machine
    python benchmarks/report.py --smoke          # one call of every contender, results checked, nothing written
    python benchmarks/report.py --rows 'corr1d*' # some rows, one run, printed, nothing written
    python benchmarks/report.py --render         # the tables again, from the raw data

Absolute times mean nothing on a shared machine; ratios taken in one round do. Of the runs, every line reports the one
with the worst ratio. Exit status 1 if a floor is missed.
"""

import argparse
import datetime
import fnmatch
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import rows

RUNS = 3
HERE = Path(__file__).resolve().parent
RESULTS, README = HERE / "RESULTS.md", HERE.parent / "README.md"
RAW = [HERE / f"results-{run}.json" for run in range(1, RUNS + 1)]
BEGIN, END = "<!-- benchmark table: begin -->", "<!-- benchmark table: end -->"
PEERS = ("numpy", "scipy", "opencv-python-headless", "stumpy", "bottleneck", "torch")


def main():
    parser = argparse.ArgumentParser(description="Measure the benchmark rows, sigkit beside its peers.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--smoke", action="store_true", help="one call of every contender, nothing written")
    what.add_argument("--rows", metavar="PATTERN", help="only rows of this name, one run, nothing written")
    what.add_argument("--render", action="store_true", help="write the tables again from the raw data")
    arguments = parser.parse_args()
    table = rows.load()
    if arguments.smoke or arguments.rows:
        chosen = [row for row in table.values() if fnmatch.fnmatchcase(row.name, arguments.rows or "*")]
        if not chosen:
            parser.error(f"no row is named {arguments.rows}; there are {', '.join(table)}")
        runs = [run(chosen, 1 if arguments.smoke else rows.ROUNDS)]
        print("\n".join(lines(runs)))
        return 0 if arguments.smoke else status(runs)
    if not arguments.render:
        facts = machine()
        for number, path in enumerate(RAW, 1):
            print(f"run {number} of {RUNS}", file=sys.stderr)
            data = {"machine": facts, "started": now(), "load": os.getloadavg(), "rows": run(table.values())["rows"]}
            path.write_text(json.dumps(data, indent=1) + "\n")
    runs = [json.loads(path.read_text()) for path in RAW]
    RESULTS.write_text("\n".join(page(runs)) + "\n")
    write_summary(runs)
    print("\n".join(lines(runs)))
    return status(runs)


def run(chosen, rounds=rows.ROUNDS):
    """One run: row name -> seconds of every contender and what was missing."""
    measured = {}
    for row in chosen:
        print(f"  {row.name}", file=sys.stderr)
        seconds, missing = rows.measure(row, rounds)
        rounded = {label: [round(value, 9) for value in values] for label, values in seconds.items()}
        measured[row.name] = {"seconds": rounded, "missing": missing}
    return {"rows": measured}


def worst(runs, name, label):
    """The verdict of the run in which sigkit stood worst against this peer, None if the peer was missing."""
    data = [run["rows"][name] for run in runs]
    if any(label in row["missing"] for row in data):
        return None
    return min((rows.judge(row["seconds"], label) for row in data), key=lambda verdict: verdict.ratio)


def verdicts(runs):
    """(row, label, target, verdict) for every line of the tables."""
    return [(rows.ROWS[name], label, target, worst(runs, name, label))
            for name in runs[0]["rows"] for label, target in rows.ROWS[name].peers.items()]


def status(runs):
    """The exit status: 1 if a floor is missed, after naming each."""
    missed = [(row.name, label, target, verdict) for row, label, target, verdict in verdicts(runs)
              if target and verdict and not verdict.holds(target.floor)]
    for name, label, target, verdict in missed:
        print(f"below its floor: {name} against {label}: {verdict.ratio:.2f}, floor {target.floor:g}", file=sys.stderr)
    return 1 if missed else 0


def lines(runs):
    """The full table, as Markdown."""
    out = ["| row | work | sigkit | peer | its time | ratio (quartiles) | floor | goal | stands |",
           "|---|---|---|---|---|---|---|---|---|"]
    for row, label, target, verdict in verdicts(runs):
        cells = [row.name, row.work]
        if verdict is None:
            cells += ["", label, runs[0]["rows"][row.name]["missing"][label], "", *target_cells(target), "not measured"]
        else:
            cells += [duration(verdict.sigkit), label, duration(verdict.peer),
                      f"{verdict.ratio:.2f} ({verdict.low:.2f}-{verdict.high:.2f})", *target_cells(target),
                      stands(target, verdict)]
        out.append("| " + " | ".join(cells) + " |")
    return out


def target_cells(target):
    return [f"{target.floor:g}", f"{target.goal:g}"] if target else ["", ""]


def stands(target, verdict):
    if target is None:
        return ""
    return "goal" if verdict.holds(target.goal) else "floor" if verdict.holds(target.floor) else "**below**"


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def summary(runs):
    """The README's table: per row, how many times faster than each peer that is judged."""
    out = ["| job | sigkit | times as fast as |", "|---|---|---|"]
    for name in runs[0]["rows"]:
        row = rows.ROWS[name]
        shown = {label: worst(runs, name, label) for label, target in row.peers.items() if target}
        if any(shown.values()):
            time = duration(max(verdict.sigkit for verdict in shown.values() if verdict))
            ratios = ", ".join(f"{label} {f'{verdict.ratio:.1f}' if verdict else 'not measured'}"
                               for label, verdict in shown.items())
            out.append(f"| {row.work} | {time} | {ratios} |")
    return out


def write_summary(runs):
    """Put the short table between the README's markers."""
    filled = "\n".join([BEGIN, *summary(runs), END])
    text, found = re.subn(f"{BEGIN}.*{END}", filled, README.read_text(), flags=re.DOTALL)
    if found != 1:
        sys.exit(f"{README} holds the markers {BEGIN} {END} {found} times, expected once")
    README.write_text(text)


def page(runs):
    """The lines of RESULTS.md."""
    facts = runs[0]["machine"]
    info = facts["sigkit"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    loads = ", ".join(f"{run['load'][0]:.2f}" for run in runs)
    return [
        "# Benchmark results",
        "",
        "Written by `benchmarks/report.py`, not by hand. Ratio = peer's time / sigkit's: above 1, sigkit is faster.",
        f"{RUNS} runs of {rows.ROUNDS} rounds; a round times every contender of a row one by one, the ratio of a",
        "run is the median of its rounds. Every line shows the run in which sigkit stood worst against that peer. A",
        "floor holds unless the ratio is below it by more than half the interquartile range.",
        "",
        "sigkit is called as users call it: public function, fresh output, default threads; peers in their best form:",
        "right dtype, their threads on, output reused where they offer it. Every result is checked against sigkit's",
        f"before timing. Inputs are standard normal, seed {rows.SEED}. Raw data beside this file:",
        f"{', '.join(f'`{path.name}`' for path in RAW)}.",
        "",
        f"- commit {facts['commit']}, {runs[0]['started']}",
        f"- {facts['cpu']}, {facts['cpus']} CPUs usable; {facts['platform']}; load before each run: {loads}",
        f"- Python {facts['python']}, {versions}",
        f"- sigkit: ISA {info['isa']['active']} ({info['isa']['why']}), {info['workers']['active']} threads "
        f"({info['workers']['why']})",
        "",
        *lines(runs),
    ]


def machine():
    """What a reader needs to know of the place the numbers come from."""
    def output(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE).stdout.strip()

    changed = [line for line in output("git", "status", "--porcelain").splitlines()
               if not line.endswith((RESULTS.name, README.name, *(path.name for path in RAW)))]
    return {
        "commit": output("git", "rev-parse", "HEAD") + (" with changes" if changed else ""),
        "cpu": cpu(),
        "cpus": rows.cpus(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PEERS},
        "sigkit": json.loads(output(sys.executable, "-m", "sigkit", "info", "--json")),
    }


def cpu():
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def version(distribution):
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def now():
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


if __name__ == "__main__":
    sys.exit(main())
