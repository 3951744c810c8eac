# SPDX-License-Identifier: Apache-2.0
"""What it costs to launch a program, in a box and in other ways (launch_bench.c does the timing)."""
import os
import shutil
import statistics
import subprocess
import sys

import facts

# As much apart as a box: every namespace, an empty root with read-only folders, scratch space.
BWRAP = ["--unshare-all", "--die-with-parent", "--tmpfs", "/", "--ro-bind", "/usr", "/usr",
         "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
         "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev",
         "--tmpfs", "/tmp", "--tmpfs", "/work"]


def bwrap(program):
    shown = [] if program.startswith("/usr/") else ["--ro-bind", program, program]
    return ["process", f"bwrap {os.path.basename(program)}", shutil.which("bwrap"), *BWRAP, *shown,
            "--", program]


def nsjail(true):
    return ["process", "nsjail true", shutil.which("nsjail"), "-Mo", "--really_quiet",
            "-R", "/usr", "-R", "/lib", "-R", "/lib64", "-T", "/tmp", "--", true]


def isolate(true):
    return ["process", "isolate true (--run only)", shutil.which("isolate"), "--silent", "--run",
            "--", true]


def firejail(true):
    return ["process", "firejail true", shutil.which("firejail"), "--quiet", "--noprofile",
            "--net=none", "--private-tmp", "--private-dev", "--caps.drop=all", "--seccomp", true]


def ways(bin_folder, is_quick):
    """Lines for launch_bench, and what is not installed."""
    true, least = "/usr/bin/true", os.path.join(bin_folder, "bench", "nolibc")
    lines = [["process", "vfork+exec true", true], ["box", "box true", true],
             ["strict-box", "box true, strict", true],
             ["process", "vfork+exec nolibc", least], ["given", "box nolibc", least]]
    others = [("bwrap", lambda: bwrap(true)), ("bwrap", lambda: bwrap(least))]
    if not is_quick:
        box = os.path.join(bin_folder, "assay-box")
        lines.append(["process", "assay-box run true", box, "run", "--", true])
        others += [("nsjail", lambda: nsjail(true)), ("isolate", lambda: isolate(true)),
                   ("firejail", lambda: firejail(true))]
    missing = []
    for name, make in others:
        if shutil.which(name):
            lines.append(make())
        elif name not in missing:
            missing.append(name)
    return lines, missing


def pinned(cpu):
    """What goes before a command to take turns with nobody, and to stay on one CPU if one is told."""
    prefix = ["chrt", "-f", "1"] + (["taskset", "-c", str(cpu)] if cpu is not None else [])
    probe = subprocess.run([*prefix, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           check=False)
    if probe.returncode != 0:
        sys.exit("bench: --pin: " + probe.stderr.decode(errors="replace").strip())
    return prefix


def run_bench(bin_folder, lines, counts, prefix=()):
    """Runs launch_bench; {name: [ns]}, {name: {workers: [rate]}}, {name: why it was skipped}."""
    text = "".join("\t".join(line) + "\n" for line in lines)
    done = subprocess.run([*prefix, os.path.join(bin_folder, "bench", "launch_bench"),
                           *map(str, counts)],
                          input=text, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench: launch_bench ended with {done.returncode}")
    latency, rate, skipped = {}, {}, {}
    for line in done.stdout.splitlines():
        kind, name, *rest = line.split("\t")
        if kind == "latency":
            latency[name] = [int(ns) for ns in rest[0].split(",")]
        elif kind == "rate":
            rate.setdefault(name, {}).setdefault(int(rest[0]), []).append(float(rest[1]))
        elif kind == "skip":
            skipped[name] = rest[0]
    return latency, rate, skipped


def measure(bin_folder, is_quick, pin):
    """All launches: {name: figures} in the order in which they are printed."""
    lines, missing = ways(bin_folder, is_quick)
    workers = facts.cpus()
    rounds, windows = (20, 3) if is_quick else (60, 8)
    first = pinned(max(os.sched_getaffinity(0))) if pin else []
    latency, _, skipped = run_bench(bin_folder, lines, [rounds, 5, 0, 1, 1], first)
    _, rate, _ = run_bench(bin_folder, lines, [0, 1, windows, 150, workers],
                           pinned(None) if pin else [])
    figures = {}
    for _, name, *_ in lines:
        if name in latency:
            figures[name] = {"us": {k: v / 1000 if k != "n" else v
                                    for k, v in facts.summary(latency[name]).items()},
                             "per_second": {str(n): statistics.median(r)
                                            for n, r in rate.get(name, {}).items()}}
    skipped.update({name: "not installed" for name in missing})
    return {"workers": workers, "ways": figures, "skipped": skipped}


def compare(result):
    """The figures that promises and goals are about; what was not measured is left out."""
    ways_, all_slots = result["ways"], str(result["workers"])

    def time(name, of="median"):
        return ways_[name]["us"][of] if name in ways_ else None

    derived = {}

    def put(key, names, of):
        values = [time(name) for name in names]
        if None not in values:
            derived[key] = of(*values)

    for p in ("true", "nolibc"):
        put(f"own overhead of a box, {p}, us", [f"box {p}", f"vfork+exec {p}"], lambda a, b: a - b)
        put(f"box / vfork+exec, {p}", [f"box {p}", f"vfork+exec {p}"], lambda a, b: a / b)
        put(f"box / bwrap, {p}", [f"box {p}", f"bwrap {p}"], lambda a, b: a / b)
    put("box in all, nolibc, us", ["box nolibc"], lambda a: a)
    for p in ("true", "nolibc"):
        rates = ways_.get(f"box {p}", {}).get("per_second", {})
        if all_slots in rates and all_slots != "1":
            derived[f"launches with {all_slots} slots / with 1, box {p}"] = \
                rates[all_slots] / rates["1"]
    return derived


def show(result):
    """The table."""
    base = result["ways"]["vfork+exec true"]["us"]["median"]
    workers = str(result["workers"])
    print(f"  {'way':28} {'median':>9} {'p95':>9} {'min':>9} {'ratio':>7} "
          f"{'1 slot':>8} {workers + ' slots':>8} {'scale':>6}")
    for name, f in result["ways"].items():
        us, rate = f["us"], f["per_second"]
        text = (f"  {name:28} {us['median']:6.0f} us {us['p95']:6.0f} us {us['min']:6.0f} us "
                f"{us['median'] / base:6.2f}x")
        if "1" in rate:
            text += f" {rate['1']:6.0f}/s"
        if workers in rate and workers != "1":
            text += f" {rate[workers]:6.0f}/s {rate[workers] / rate['1']:5.2f}x"
        print(text)
    for name, why in result["skipped"].items():
        print(f"  SKIP: {name}: {why}")
    for name, value in compare(result).items():
        print(f"  {name:46} {value:8.0f}" if name.endswith(", us") else
              f"  {name:46} {value:8.2f}")
