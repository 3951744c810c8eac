# A file made as large as can be, by the way named.
import ctypes, os, sys
what, fd, huge = sys.argv[1], os.open("/tmp/f", os.O_CREAT | os.O_RDWR), 1 << 40
libc = ctypes.CDLL(None, use_errno=True)
if what == "truncate":
    os.truncate("/tmp/f", huge)
elif what == "fallocate":
    os.posix_fallocate(fd, 0, huge)
elif what == "seek":
    os.lseek(fd, huge, 0)
    os.write(fd, b"x")
elif what == "vector":
    while True:
        os.pwritev(fd, [b"x" * 65536] * 16, os.fstat(fd).st_size)
elif what == "copy":
    os.write(fd, b"x" * (1 << 20))
    out = os.open("/tmp/g", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    while os.copy_file_range(fd, out, 1 << 20, 0) > 0:
        pass
elif what == "send":
    zero = os.open("/dev/zero", os.O_RDONLY)
    while os.write(fd, os.read(zero, 1 << 20)) > 0:
        pass
