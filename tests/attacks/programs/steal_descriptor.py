# Descriptors of the first process, one after the other.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
pidfd = os.pidfd_open(1)
for fd in range(64):
    if libc.syscall(438, pidfd, fd, 0) >= 0:
        print("REACHED", fd)
raise SystemExit(1)
