# A file of the host that anyone may read, by every name that it might have in here.
import os
name = os.environ["HOST_FOLDER"] + "/secret.txt"
up = "/.." * 32
tops = ["", up, "/proc/1/root", "/proc/self/root" + up, "/proc/1/cwd" + up, "/proc/self/cwd" + up, "/old", "/proc/1/root/old",
        "/proc/self/fd/0" + up, "/proc/thread-self/root" + up, "/dev/fd/1" + up, "/new", "/scratch" + up]
for top in tops:
    for path in (top + name, top + "/etc/shadow", top + "/etc/hostname", top + "/etc/fstab", top + "/etc/machine-id"):
        try:
            open(path, "rb").close()
            print("REACHED", path)
        except OSError:
            pass
