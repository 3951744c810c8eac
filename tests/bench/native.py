# SPDX-License-Identifier: Apache-2.0
"""What it costs to judge a compiled program by many cases: a box a case, one after the other, against
a shell loop over the same inputs, which isolates and limits nothing. And what it costs to compile it:
without a box, in one, and from the cache, which has it already."""
import os
import random
import shutil
import statistics
import sys
import tempfile

import launch

COMPILER = "/usr/bin/gcc"
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "sum.c")
LOOP = "cd {folder} || exit; for i in {numbers}; do {program} <in.$i >out.$i || exit; done"


def write_cases(folder, n):
    numbers = random.Random(1)
    for i in range(n):
        values = [numbers.randrange(-10**6, 10**6) for _ in range(200)]
        with open(os.path.join(folder, f"in.{i}"), "w", encoding="ascii") as f:
            f.write(" ".join(map(str, values)) + "\n")
        with open(os.path.join(folder, f"want.{i}"), "w", encoding="ascii") as f:
            f.write(f"{sum(values)}\n")


def ways(bin_folder, folder, n):
    """Lines for launch_bench; each launch of them is n cases."""
    program = os.path.join(bin_folder, "bench", "sum")
    loop = LOOP.format(folder=folder, program=program, numbers=" ".join(map(str, range(n))))
    return [["process", f"loop of {n} cases", "/bin/sh", "-c", loop],
            ["cases", f"boxes of {n} cases", program, folder, str(n)]]


def compile_ways(folder):
    """Lines for launch_bench; none where there is no compiler."""
    if not os.access(COMPILER, os.X_OK):
        return []
    source, program = (os.path.join(folder, name) for name in ("source.c", "program"))
    shutil.copy(SOURCE, source)
    return [["process", "gcc", COMPILER, "-O2", "-o", program, source],
            ["compile", "box gcc", source], ["cached-compile", "compile-cache hit", source]]


def check_loop(folder, n):
    for i in range(n):
        with open(os.path.join(folder, f"out.{i}"), encoding="ascii") as out, \
                open(os.path.join(folder, f"want.{i}"), encoding="ascii") as want:
            if out.read() != want.read():
                sys.exit(f"bench: the loop's output {i} is wrong")


def compile_times(bin_folder, folder, is_quick, prefix):
    lines = compile_ways(folder)
    if not lines:
        print(f"  SKIP: {COMPILER} is not there, so nothing is compiled")
        return {}
    latency, _, skipped = launch.run_bench(bin_folder, lines, [2 if is_quick else 8, 3, 0, 1, 1],
                                           prefix)
    if skipped:
        sys.exit(f"bench: {skipped}")
    return {f"{line[1]}, us": statistics.median(latency[line[1]]) / 1000 for line in lines}


def measure(bin_folder, is_quick, pin, n=100):
    with tempfile.TemporaryDirectory() as folder:
        write_cases(folder, n)
        lines = ways(bin_folder, folder, n)
        prefix = launch.pinned(max(os.sched_getaffinity(0))) if pin else []
        latency, _, skipped = launch.run_bench(bin_folder, lines,
                                               [2 if is_quick else 8, 1, 0, 1, 1], prefix)
        if skipped:
            sys.exit(f"bench: {skipped}")
        check_loop(folder, n)
        compiling = compile_times(bin_folder, folder, is_quick, prefix)
    loop, boxes = (statistics.median(latency[line[1]]) / n / 1000 for line in lines)
    return {"cases": n, "shell loop, a case, us": loop, "boxes, a case, us": boxes,
            "a case in a box more than in the loop, us": boxes - loop, **compiling}
