# Being told, or waited for, when somebody else opens a file of the toolchain.
import fcntl, os, sys
try:
    if sys.argv[1] == "lease":
        fcntl.fcntl(os.open("/tmp", os.O_RDONLY), 1026, 1 << 31)
    else:
        fd = os.open("/tmp/x", os.O_CREAT | os.O_RDONLY)
        fcntl.fcntl(fd, 1024, 0)
    print("REACHED")
except OSError:
    pass
raise SystemExit(1)
