# SPDX-License-Identifier: Apache-2.0
"""The promises of docs/PERFORMANCE.md, and whether they hold here.

A promise is a row of the one table there whose head is in HEAD: a way to launch a program, another
way, and how many times the other's time the first may take. Both are measured in one interleaved
run, with real-time priority where that is allowed, and compared at their lower tenths, which
neighbours on the machine disturb least (the least, where the machine is busy and there is no
priority). Noise only ever adds, so each promise is kept if any of a few runs keeps it, and broken
if none does.
"""
import os
import re
import sys
import tempfile
import time

import facts
import launch
import native

HEAD = ("time of", "at most", "times that of")
ATTEMPTS = 6
BUDGET_S = 18  # no new attempt after this
CASES = 20
SAMPLES = 25
TOO_BUSY = 4  # processes for each CPU, where there is no priority over them
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # others keep the disk waiting
RIVALS = ("bwrap ",)
COMPILED = ("gcc", "box gcc", "compile-cache hit")
PYTHON = ["process", "vfork+exec python3", "/usr/bin/python3", "-I", "-c", "pass"]


def parse(text):
    """[(name, limit, base)] of the table; ValueError where it cannot be read."""
    rows, is_inside = [], False
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if "|" in line else []
        if tuple(cells[:3]) == HEAD:
            is_inside = True
        elif not cells:
            is_inside = False
        elif is_inside and not re.fullmatch(r"[-: |]+", line.strip()):
            cells += ["", ""]
            names = [re.fullmatch(r"`([^`]+)`", cell) for cell in (cells[0], cells[2])]
            if not all(names) or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", cells[1]):
                raise ValueError(f"not a promise: {line}")
            rows.append((names[0][1], float(cells[1]), names[1][1]))
    if not rows:
        raise ValueError("there is no table of promises")
    return rows


def ways(bin_folder, folder):
    """All that a promise may name, as lines for launch_bench: {name: line}."""
    lines, _ = launch.ways(bin_folder, is_quick=True)
    lines += native.ways(bin_folder, folder, CASES)
    lines += native.compile_ways(folder)
    lines.append(PYTHON)
    return {line[1]: line for line in lines}


def low(latency, part):
    return {name: facts.quantile(ns, part) for name, ns in latency.items()}


def run_bench(bin_folder, lines, counts):
    """With priority, unless something does not run with it: control groups may refuse that."""
    if prefix := launch.priority():
        latency, _, skipped = launch.run_bench(bin_folder, lines, counts, prefix)
        if not skipped:
            return low(latency, 0.1), {}
    latency, _, skipped = launch.run_bench(bin_folder, lines, counts)
    return low(latency, 0.1 if os.getloadavg()[0] < facts.cpus() else 0), skipped


def measure(bin_folder, folder, names):
    """{name: lower tenth in ns} of one run, and {name: why there is none}."""
    lines = [line for name, line in ways(bin_folder, folder).items() if name in names]
    return run_bench(bin_folder, lines, [8, 4, 0, 1, 1])


def judge_ways(bin_folder, samples, folder):
    """Commands that judge one answer, and SAMPLES of them; the difference has no start-up in it."""
    lines = []
    for n in (1, SAMPLES):
        path = os.path.join(folder, f"answers.{n}")
        with open(samples, encoding="utf-8") as f, open(path, "w", encoding="utf-8") as out:
            out.writelines(f.readlines()[:n])
        lines.append(["process", f"judge {n}", os.path.join(bin_folder, "assay"), "score", "starter",
                      "--samples", path, "--store", os.path.join(folder, "store.db"), "--fresh",
                      "--quiet", "--jobs", "1"])
    return lines


def measure_judging(bin_folder, samples, folder):
    lines = [*judge_ways(bin_folder, samples, folder), PYTHON]
    times, skipped = run_bench(bin_folder, lines, [4, 1, 0, 1, 1])
    if not skipped:
        times["judged sample"] = (times[f"judge {SAMPLES}"] - times["judge 1"]) / (SAMPLES - 1)
    return times, skipped


class Check:
    """One check of all promises: what holds, what does not yet, what cannot be told here."""

    def __init__(self, promises):
        self.promises = promises
        self.best, self.skipped = {}, {}
        self.untold = set()  # names of what is not installed

    def add(self, times, skipped):
        """Takes the figures of one run."""
        self.skipped.update(skipped)
        for name, _, base in self.promises:
            if name in times and base in times:
                ratio = times[name] / times[base]
                self.best[name, base] = min(ratio, self.best.get((name, base), ratio))

    def is_kept(self, promise):
        name, limit, base = promise
        return (name, base) in self.best and self.best[name, base] <= limit

    def why_not_run(self, promise):
        return next((why for n, why in self.skipped.items() if n in promise), None)

    def is_untold(self, promise):
        """Without a rival there is nothing to compare with; what is ours must run."""
        return any(n in promise and (n.startswith(RIVALS) or n in self.untold)
                   for n in self.skipped)

    def open_ones(self):
        return [p for p in self.promises if not self.is_kept(p) and not self.is_untold(p)]

    def show(self):
        for promise in self.promises:
            name, limit, base = promise
            ratio, why = self.best.get((name, base)), self.why_not_run(promise)
            word = ("kept" if self.is_kept(promise) else
                    "SKIP" if self.is_untold(promise) else "BROKEN")
            seen = f"{ratio:.2f}" if ratio is not None else why or "not measured"
            print(f"  {word:6} {name} / {base}: {seen}, promised {limit:.2f}")


def known_names(bin_folder, folder):
    return {*ways(bin_folder, folder), "judged sample", PYTHON[1]}


def attempt(check, bin_folder, samples, folder):
    """One run of what is not kept yet."""
    names = {n for name, _, base in check.open_ones() for n in (name, base)}
    judging = names & {"judged sample", PYTHON[1]}
    if names - judging:
        check.add(*measure(bin_folder, folder, names - judging))
    if judging:
        check.add(*measure_judging(bin_folder, samples, folder))


def is_too_busy():
    """A launch waits for its turn at each step then, and one of more steps longer."""
    return not launch.priority() and os.getloadavg()[0] > TOO_BUSY * facts.cpus()


def new_check(promises, bin_folder, folder):
    """ValueError where a promise names what is not known; rivals need not be installed."""
    names = {n for name, _, base in promises for n in (name, base)}
    check = Check(promises)
    for name in names - known_names(bin_folder, folder):
        if not name.startswith(RIVALS) and name not in COMPILED:
            raise ValueError(f"a promise names an unknown way: {name}")
        check.untold.add(name)
        check.skipped[name] = ("no compiler" if name in COMPILED else
                               f"{name.split()[0]} is not installed")
    return check


def run(bin_folder, document, samples):
    """Prints each promise and whether it is kept; the exit status."""
    start = time.monotonic()
    print("promises of docs/PERFORMANCE.md: lower tenths, each the best of a few runs", flush=True)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        native.write_cases(folder, CASES)
        try:
            check = new_check(parse(facts.read(document)), bin_folder, folder)
        except ValueError as e:
            sys.exit(f"bench: {document}: {e}")
        for _ in range(ATTEMPTS):
            try:
                attempt(check, bin_folder, samples, folder)
            except launch.BenchError as e:
                print(f"  a run failed: {e}", flush=True)
            if not check.open_ones() or is_too_busy() or time.monotonic() - start > BUDGET_S:
                break
    check.show()
    if check.open_ones() and is_too_busy():
        print(f"  SKIP: cannot tell: load {os.getloadavg()[0]:.0f} on {facts.cpus()} CPUs, and no "
              "real-time priority (chrt -f 1)")
        return 0
    return 1 if check.open_ones() else 0
