# SPDX-License-Identifier: Apache-2.0
"""What much output costs: a program that prints 100 MB to both of its streams, to /dev/null, to a
plain reader of two pipes, and in a box of the running server (output_bench.c)."""
import os
import subprocess

import launch


def measure(bin_folder, is_quick, pin):
    """{what: milliseconds}, medians."""
    prefix = launch.pinned(max(os.sched_getaffinity(0))) if pin else []
    done = subprocess.run([*prefix, os.path.join(bin_folder, "bench", "output_bench"), "3" if is_quick else "9", bin_folder],
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise launch.BenchError(f"output_bench ended with {done.returncode}")
    return {name: float(ms) for name, ms in (line.split("\t") for line in done.stdout.splitlines())}
