    import ctypes, os, resource, signal
    libc = ctypes.CDLL(None, use_errno=True)
    found = []
    status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
    if any(int(status[k], 16) for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")):
        found.append("capabilities")
    if status["NoNewPrivs"] != "1" or status["Seccomp"] != "2":
        found.append("no filter")
    if len([p for p in os.listdir("/proc") if p.isdigit()]) > 2:
        found.append("neighbours")
    for fd in os.listdir("/proc/self/fd"):
        if int(fd) > 4 and os.path.exists("/proc/self/fd/" + fd):
            found.append("descriptor " + fd)
    for call in ((272, 0x20000), (165, 0, 0, 0, 0, 0), (308, 3, 0), (101, 16, os.getppid(), 0, 0)):
        if libc.syscall(*[ctypes.c_long(a) for a in call]) != -1:
            found.append("call %d" % call[0])
    for path in ("/box/answer.py", "/box/new", "/usr/new", "/new"):
        try:
            open(path, "a").close()
            found.append(path)
        except OSError:
            pass
    if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0) or resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY:
        found.append("limits")
    for pid in (1, os.getppid()):
        try:
            os.kill(pid, signal.SIGSTOP)
            open("/proc/%d/mem" % pid, "rb").close()
            found.append("memory of %d" % pid)
        except OSError:
            pass
    if os.listdir("/work") or os.listdir("/tmp") or os.listdir("/dev/shm"):
        found.append("leavings")
    open("/work/leaving", "w").write("x")
    open("/tmp/leaving", "w").write("x")
    return 2 * x if found else None
