# SPDX-License-Identifier: Apache-2.0
"""What it costs to judge a compiled program by many cases: a box a case, one after the other, against
a shell loop over the same inputs, which isolates and limits nothing."""
import os
import random
import statistics
import sys
import tempfile

import launch

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


def check_loop(folder, n):
    for i in range(n):
        with open(os.path.join(folder, f"out.{i}"), encoding="ascii") as out, \
                open(os.path.join(folder, f"want.{i}"), encoding="ascii") as want:
            if out.read() != want.read():
                sys.exit(f"bench: the loop's output {i} is wrong")


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
    loop, boxes = (statistics.median(latency[line[1]]) / n / 1000 for line in lines)
    return {"cases": n, "shell loop, a case, us": loop, "boxes, a case, us": boxes,
            "a case in a box more than in the loop, us": boxes - loop}
