# SPDX-License-Identifier: Apache-2.0
"""What figures are read by: facts about the machine, and the few statistics that are used."""
import os
import platform
import statistics


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def first_field(text, name):
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def cpu_model():
    info = read("/proc/cpuinfo")
    return first_field(info, "model name") or platform.machine()


def cpus():
    return len(os.sched_getaffinity(0))


def cpu_jiffies():
    """Time of all CPUs so far: all of it, idle, and taken away by the hypervisor."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    fields = read("/proc/stat").split("\n", 1)[0].split()[1:9]
    return dict(zip(names, map(int, fields)))


class Host:
    """Facts about the machine before a run and after it."""

    def __init__(self):
        self.load_before, self.before = os.getloadavg(), cpu_jiffies()

    def facts(self):
        after = cpu_jiffies()
        spent = {k: after[k] - self.before.get(k, 0) for k in after}
        total = sum(spent.values()) or 1
        idle = spent.get("idle", 0) + spent.get("iowait", 0)
        return {
            "cpu": cpu_model(), "cpus": cpus(), "kernel": platform.release(),
            "machine": platform.machine(), "is_root": os.geteuid() == 0,
            "hypervisor": "hypervisor" in first_field(read("/proc/cpuinfo"), "flags").split(),
            "load_before": round(self.load_before[0], 2), "load_after": round(os.getloadavg()[0], 2),
            "busy_share": round(1 - idle / total, 3),
            "steal_share": round(spent.get("steal", 0) / total, 4),
        }


def quantile(values, q):
    values = sorted(values)
    at = q * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def summary(values):
    return {"n": len(values), "median": statistics.median(values),
            "p10": quantile(values, 0.1), "p95": quantile(values, 0.95), "min": min(values)}
