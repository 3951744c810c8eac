# Leaves what is no file where one is to be brought back from, or too much of one.
import os, socket, stat, sys
what, path, host = sys.argv[1], "/work/out", os.environ["HOST_FOLDER"]


def refused(call, *args):
    try:
        call(*args)
        print("REACHED", what)
    except OSError:
        pass


if what == "socket":
    socket.socket(socket.AF_UNIX).bind(path)
elif what == "folder":
    os.mkdir(path)
elif what == "fifo":
    refused(os.mkfifo, path)
elif what == "device":
    refused(os.mknod, path, stat.S_IFBLK | 0o666, os.makedev(7, 0))
elif what == "host_link":
    refused(os.link, "/usr/bin/env", path)
elif what == "box_link":
    refused(os.link, "/box/attack.py", path)
elif what == "hard_link":
    open("/tmp/first", "w").write("one file of the box, by two names")
    refused(os.link, "/tmp/first", path)  # another mount, of the same disk
elif what == "sparse":
    os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 60 << 20)
elif what == "many":
    for name in ("a", "b", "c"):
        open("/work/" + name, "w").write("x" * 500000)
elif what == "closed":
    open(path, "w").write("nobody may read it")
    os.chmod(path, 0)
elif what == "deleted":
    os.close(1)
    os.open(path, os.O_CREAT | os.O_RDWR)
    os.unlink(path)
elif what == "long_name":
    os.makedirs("/work/" + "/".join(["d" * 250] * 3))
elif what == "swap" and os.fork() == 0:
    os.symlink(host, "/work/host")
    while True:
        for make in (lambda n: os.symlink(host + "/secret.txt", n), lambda n: os.symlink("/work/host/secret.txt", n),
                     lambda n: open(n, "w").write("own"), lambda n: os.mkdir(n)):
            try:
                make("/work/next")
                os.rename("/work/next", path)
            except OSError:
                os.rmdir("/work/next") if os.path.isdir("/work/next") else os.unlink("/work/next")
