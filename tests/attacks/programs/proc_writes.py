# Files of /proc that change something when they are written to.
import os
for name in ("self/oom_score_adj", "self/uid_map", "self/gid_map", "self/setgroups", "self/coredump_filter", "self/clear_refs", "self/comm",
             "self/attr/current", "self/autogroup", "self/timerslack_ns", "1/oom_score_adj", "sysrq-trigger", "irq/default_smp_affinity"):
    try:
        fd = os.open("/proc/" + name, os.O_WRONLY)
        print("REACHED", name)
        os.close(fd)
    except OSError:
        pass
