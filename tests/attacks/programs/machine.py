# What tells which machine this is.
import os, sys
what = sys.argv[1]
if what == "name" and os.uname().nodename == os.environ["HOST_NAME"]:
    print("REACHED", os.uname().nodename)
elif what == "boot":
    try:
        if open("/proc/cmdline").read(1):
            print("REACHED")
    except OSError:
        pass
elif what == "kernel":
    for path in ("/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/config.gz", "/proc/kmsg", "/proc/kpageflags"):
        try:
            if open(path, "rb").read(1):
                print("REACHED", path)
        except OSError:
            pass
elif what == "mounts":
    text = open("/proc/self/mountinfo").read()
    for word in (" /old ", " /new ", " /scratch ", os.environ["HOST_FOLDER"], " /sys ", "cgroup"):
        if word in text:
            print("REACHED", word)
elif what == "groups":
    text = open("/proc/self/cgroup").read()
    if "assay-box" in text:
        print("REACHED", text)
elif what == "interfaces":
    names = [line.split(":")[0].strip() for line in open("/proc/self/net/dev") if ":" in line]
    if names != ["lo"]:
        print("REACHED", names)
elif what == "sockets":
    text = open("/proc/self/net/unix").read()
    if os.environ["LISTEN_ABSTRACT"] in text or os.environ["LISTEN_PATH"] in text:
        print("REACHED")
elif what == "segments":
    import ctypes
    libc = ctypes.CDLL(None)
    if libc.shmctl(int(os.environ["HOST_SEGMENT"]), 15, ctypes.create_string_buffer(256)) >= 0:  # SHM_STAT_ANY
        print("REACHED by number")
    try:
        rows = [line.split()[1] for line in open("/proc/sysvipc/shm")][1:]
    except FileNotFoundError:
        rows = []
    if os.environ["HOST_SEGMENT"] in rows:
        print("REACHED", rows)
elif what == "environment":
    allowed = {"PATH", "LANG", "HOME", "TMPDIR", "ATTACK_MARK", "LC_CTYPE"}
    more = {n for n in os.environ if n not in allowed and not n.startswith(("LISTEN_", "HOST_"))}
    if more:
        print("REACHED", more)
elif what == "top":
    more = set(os.listdir("/")) - {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "dev", "proc", "work", "tmp", "box"}
    if more:
        print("REACHED", more)
