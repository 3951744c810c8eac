# A user namespace of one's own, where one is root: by the call named.
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
how, user = sys.argv[1], 0x10000000
if how == "unshare":
    r = libc.unshare(user)
elif how == "clone":
    r = libc.syscall(56, user | 17, 0, 0, 0, 0)
    if r == 0:
        os._exit(0)
else:
    r = libc.setns(os.open("/proc/self/ns/user", os.O_RDONLY), 0)
    r = r if ctypes.get_errno() != 22 else 0
if r != -1:
    print("REACHED", how)
raise SystemExit(1)
