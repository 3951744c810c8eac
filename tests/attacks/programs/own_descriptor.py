# A descriptor copied out of a process of one's own: needs nothing but the call.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(438, os.pidfd_open(os.getpid()), 1, 0) >= 0:
    print("REACHED")
raise SystemExit(1)
