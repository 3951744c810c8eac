# Changes what is mounted where: a disk of one's own, a folder made writable, a mask taken off.
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
RDONLY, REMOUNT, BIND = 1, 32, 4096
what = sys.argv[1]
if what == "disk":
    r = libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b"size=1m")
elif what == "writable":
    r = libc.mount(None, b"/usr", None, REMOUNT | BIND, None)
elif what == "bind":
    r = libc.mount(b"/usr", b"/tmp", None, BIND, None)
elif what == "unmask":
    r = libc.umount2(b"/proc/kcore", 2)
elif what == "shared":
    r = libc.mount(None, b"/", None, 1 << 20, None)
else:
    r = libc.syscall(430, b"tmpfs", 0)
if r != -1:
    print("REACHED", what)
raise SystemExit(1)
