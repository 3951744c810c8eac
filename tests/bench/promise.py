# SPDX-License-Identifier: Apache-2.0
"""The promises of docs/PERFORMANCE.md, and whether they hold here.

A promise is a row of the one table there whose head is in HEAD: a way to launch a program, another
way, and how many times the other's time the first may take. Both are measured in one interleaved
run, with real-time priority where that is allowed, and compared at their lower tenths, which
neighbours on the machine disturb least. Noise only ever adds, so each promise is kept if any of a
few runs keeps it, and broken if none does.
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
BUDGET_S = 22  # no new attempt after this
CASES = 20
SAMPLES = 40
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
            names = [re.fullmatch(r"`([^`]+)`", cell) for cell in (cells[0], cells[2])]
            if not all(names) or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", cells[1]):
                raise ValueError(f"not a promise: {line}")
            rows.append((names[0][1], float(cells[1]), names[1][1]))
    if not rows:
        raise ValueError("there is no table of promises")
    return rows


def ways(bin_folder, folder):
    """All that a promise may name, as lines for launch_bench: {name: line}."""
    lines, _ = launch.ways(bin_folder, True, folder, None)
    lines += native.ways(bin_folder, folder, CASES)
    lines.append(PYTHON)
    return {line[1]: line for line in lines}


def low(latency):
    return {name: facts.quantile(ns, 0.1) for name, ns in latency.items()}


def run_bench(bin_folder, lines, counts):
    """With priority, unless something does not run with it: control groups may refuse that."""
    if prefix := launch.priority():
        latency, _, skipped = launch.run_bench(bin_folder, lines, counts, prefix)
        if not skipped:
            return low(latency), {}
    latency, _, skipped = launch.run_bench(bin_folder, lines, counts)
    return low(latency), skipped


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
    times, skipped = run_bench(bin_folder, lines, [2, 2, 0, 1, 1])
    if not skipped:
        times["judged sample"] = (times[f"judge {SAMPLES}"] - times["judge 1"]) / (SAMPLES - 1)
    return times, skipped


class Check:
    """One check of all promises: what holds, what does not yet, what cannot be told here."""

    def __init__(self, promises):
        self.promises = promises
        self.best, self.skipped = {}, {}

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

    def why_untold(self, promise):
        return next((why for n, why in self.skipped.items() if n in promise), None)

    def open_ones(self):
        return [p for p in self.promises if not self.is_kept(p) and not self.why_untold(p)]

    def show(self):
        for promise in self.promises:
            name, limit, base = promise
            ratio, why = self.best.get((name, base)), self.why_untold(promise)
            word = "kept" if self.is_kept(promise) else "SKIP" if why else "BROKEN"
            seen = f"{ratio:7.2f}" if ratio is not None else "      -"
            print(f"  {word:6} {name} / {base}: {seen}, promised {limit:.2f}"
                  + (f" ({why})" if why and word == "SKIP" else ""))


def attempt(check, bin_folder, samples):
    names = {n for name, _, base in check.open_ones() for n in (name, base)}
    with tempfile.TemporaryDirectory() as folder:
        native.write_cases(folder, CASES)
        known = ways(bin_folder, folder)
        if not_known := {n for n in names if n not in known and n != "judged sample"}:
            why = {n: "not installed" for n in not_known if n.startswith("bwrap ")}
            if len(why) < len(not_known):
                sys.exit(f"bench: promises name unknown ways: {', '.join(not_known - set(why))}")
            check.add({}, why)
        if "judged sample" in names:
            check.add(*measure_judging(bin_folder, samples, folder))
            names -= {"judged sample", "vfork+exec python3"}
        if names & set(known):
            check.add(*measure(bin_folder, folder, names))


def run(bin_folder, document, samples):
    """Prints each promise and whether it is kept; the exit status."""
    start = time.monotonic()
    try:
        check = Check(parse(facts.read(document)))
    except ValueError as e:
        sys.exit(f"bench: {document}: {e}")
    print("promises of docs/PERFORMANCE.md: lower tenths, each the best of a few runs", flush=True)
    for _ in range(ATTEMPTS):
        try:
            attempt(check, bin_folder, samples)
        except launch.BenchError as e:
            print(f"  a run failed: {e}", flush=True)
        if not check.open_ones() or time.monotonic() - start > BUDGET_S:
            break
    check.show()
    return 1 if check.open_ones() else 0
