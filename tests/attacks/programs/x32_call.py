# Calls by the numbers of the x32 architecture, which share the gate of the ordinary ones.
import ctypes, platform
if platform.machine() != "x86_64":
    raise SystemExit(1)
libc = ctypes.CDLL(None, use_errno=True)
for number in (39, 165, 272):
    if libc.syscall(ctypes.c_long(0x40000000 | number), 0, 0, 0, 0, 0) >= 0:
        print("REACHED", number)
raise SystemExit(1)
