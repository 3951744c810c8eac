# Takes over another process of the box: a child, the parent, the first.
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = 1 if sys.argv[1] == "init" else os.fork()
if pid == 0:
    os.read(0, 1) or __import__("time").sleep(1)
    os._exit(0)
if libc.ptrace(0x4206, pid, 0, 0) != -1:
    print("REACHED", sys.argv[1])
raise SystemExit(1)
