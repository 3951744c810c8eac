# Devices of one's own making, and those of the host by number.
import os, stat
for kind, major, minor in ((stat.S_IFCHR, 1, 1), (stat.S_IFCHR, 1, 3), (stat.S_IFBLK, 254, 0), (stat.S_IFBLK, 8, 0), (stat.S_IFCHR, 10, 229), (stat.S_IFCHR, 5, 0)):
    path = "/tmp/dev%d.%d" % (major, minor)
    try:
        os.mknod(path, kind | 0o666, os.makedev(major, minor))
        os.close(os.open(path, os.O_RDWR))
        print("REACHED", path)
    except OSError:
        pass
