# The scratch disk filled with things that weigh nothing, by the way named.
import os, sys
what = sys.argv[1]
for i in range(200000):
    if what == "links":
        if i == 0:
            open("/tmp/one", "w").close()
        os.link("/tmp/one", "/tmp/l%d" % i)
    elif what == "folders":
        os.mkdir("/tmp/d%d" % i)
    elif what == "symlinks":
        os.symlink("/", "/tmp/s%d" % i)
    elif what == "long_names":
        open("/tmp/" + "n" * 240 + str(i), "w").close()
    elif what == "sockets":
        import socket
        socket.socket(socket.AF_UNIX).bind("/tmp/u%d" % i)
    elif what == "shared":
        open("/dev/shm/%d" % i, "wb").write(b"x" * 65536)
    elif what == "deleted":
        f = os.open("/tmp/gone", os.O_CREAT | os.O_WRONLY)
        os.unlink("/tmp/gone")
        os.write(f, b"x" * (1 << 20))
