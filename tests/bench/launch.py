# SPDX-License-Identifier: Apache-2.0
"""What it costs to launch a program, in a box and in other ways (launch_bench.c does the timing)."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import facts
import tables


class BenchError(Exception):
    """Nothing could be measured: why."""


PRIORITY = ["chrt", "-f", "1"]
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
    script = ('b=$(($$ % 1000)); "$0" -b $b --init >/dev/null && "$0" -b $b -s --run -- "$1"; s=$?; '
              '"$0" -b $b --cleanup; exit $s')
    return ["process", "isolate true", "/bin/sh", "-c", script, shutil.which("isolate"), true]


def firejail(true):
    return ["process", "firejail true", shutil.which("firejail"), "--quiet", "--noprofile",
            "--net=none", "--private-tmp", "--private-dev", "--caps.drop=all", "--seccomp", true]


def crun(true, folder, namespace, pin):
    """A bundle like the one that `crun spec` writes, with the host's /usr read-only in it. A new
    control group takes no process of real-time priority, so pinned it makes none."""
    root = os.path.join(folder, "rootfs")
    for name in ("usr", "proc", "dev", "tmp", "sys"):
        os.makedirs(os.path.join(root, name))
    for name in ("bin", "lib", "lib64"):
        os.symlink("usr/" + name, os.path.join(root, name))
    program = shutil.which("crun")
    subprocess.run([program, "spec"], cwd=folder, check=True)
    path = os.path.join(folder, "config.json")
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    config["process"].update(args=[true], terminal=False)
    config["mounts"].append({"destination": "/usr", "type": "bind", "source": "/usr",
                             "options": ["rbind", "ro"]})
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)
    name, manager = ("crun true, no cgroup", "disabled") if pin else ("crun true", "cgroupfs")
    how = ["process-in", name, namespace] if namespace else ["process", name]
    return [*how, program, f"--cgroup-manager={manager}", f"--root={folder}/state", "run",
            "-b", folder, "@"]


class NoHybrid:
    """crun refuses a machine that has control groups of both versions. Where it does, this keeps a
    mount namespace in which those of version 2 are not mounted; elsewhere its path is None."""

    def __init__(self):
        self.helper = self.path = None
        mounts = facts.read("/proc/self/mounts")
        unified = [m.split()[1] for m in mounts.splitlines() if m.split()[2] == "cgroup2"]
        if os.geteuid() != 0 or " cgroup " not in mounts or not unified:
            return
        script = 'for m; do umount "$m" || exit; done; echo ready; read -r end'
        self.helper = subprocess.Popen(["unshare", "-m", "sh", "-c", script, "sh", *unified],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.helper.stdout.readline() == b"ready\n":
            self.path = f"/proc/{self.helper.pid}/ns/mnt"

    def close(self):
        if self.helper:
            self.helper.communicate()


def ways(bin_folder, is_quick, scratch=None, namespace=None, pin=False):
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
                   ("firejail", lambda: firejail(true)),
                   ("crun", lambda: crun(true, scratch, namespace, pin))]
    missing = []
    for name, make in others:
        if shutil.which(name):
            lines.append(make())
        elif name not in missing:
            missing.append(name)
    return lines, missing


def priority():
    """What goes before a command to take turns with nobody; nothing where that is not allowed."""
    probe = subprocess.run([*PRIORITY, "true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    return PRIORITY if probe.returncode == 0 else []


def pinned(cpu):
    """The same, demanded, and on one CPU if one is told."""
    if not priority():
        raise BenchError("--pin: real-time priority is not allowed here (chrt -f 1)")
    return PRIORITY + (["taskset", "-c", str(cpu)] if cpu is not None else [])


def run_bench(bin_folder, lines, counts, prefix=()):
    """Runs launch_bench; {name: [ns]}, {name: {workers: [rate]}}, {name: why it was skipped}."""
    text = "".join("\t".join(line) + "\n" for line in lines)
    done = subprocess.run([*prefix, os.path.join(bin_folder, "bench", "launch_bench"),
                           *map(str, counts)],
                          input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise BenchError(done.stderr.strip() or f"launch_bench ended with {done.returncode}")
    sys.stderr.write(done.stderr)
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


def scale(rates, workers):
    """Launches a second of all workers to those of one: each window against the one beside it."""
    if workers == 1 or workers not in rates:
        return None
    return statistics.median(many / one for many, one in zip(rates[workers], rates[1]))


def measure(bin_folder, is_quick, pin):
    """All launches: {name: figures} in the order in which they are printed."""
    workers, hidden = facts.cpus(), NoHybrid()
    rounds, windows = (20, 4) if is_quick else (50, 10)
    one_cpu = pinned(max(os.sched_getaffinity(0))) if pin else []
    with tempfile.TemporaryDirectory() as scratch:
        lines, missing = ways(bin_folder, is_quick, scratch, hidden.path, pin)
        latency, _, skipped = run_bench(bin_folder, lines, [rounds, 5, 0, 1, 1], one_cpu)
        lines = [line for line in lines if line[1] in latency]
        _, rate, _ = run_bench(bin_folder, lines, [0, 1, windows, 120, workers],
                               pinned(None) if pin else [])
    hidden.close()
    figures = {}
    for _, name, *_ in lines:
        if name in latency:
            figures[name] = {"us": {k: v / 1000 if k != "n" else v
                                    for k, v in facts.summary(latency[name]).items()},
                             "per_second": {str(n): statistics.median(r)
                                            for n, r in rate.get(name, {}).items()},
                             "scale": scale(rate.get(name, {}), workers)}
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
        if ways_.get(f"box {p}", {}).get("scale"):
            derived[f"launches with {all_slots} slots / with 1, box {p}"] = \
                ways_[f"box {p}"]["scale"]
    return derived


def show(result):
    base = result["ways"]["vfork+exec true"]["us"]["median"]
    workers = str(result["workers"])
    rows = []
    for name, f in result["ways"].items():
        us, rate = f["us"], f["per_second"]
        rows.append([name, *(f"{us[k]:.0f}" for k in ("median", "p95", "min")),
                     f"{us['median'] / base:.2f}", f"{rate['1']:.0f}" if "1" in rate else "",
                     f"{rate[workers]:.0f}" if f["scale"] else "",
                     f"{f['scale']:.2f}" if f["scale"] else ""])
    tables.show(["way to launch", "median us", "p95 us", "min us", "ratio", "1 slot /s",
                 f"{workers} slots /s", "scale"], rows)
    for name, why in result["skipped"].items():
        print(f"  SKIP: {name}: {why}")
    print()
    tables.show_values(compare(result))
