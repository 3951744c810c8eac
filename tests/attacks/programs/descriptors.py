# Nothing is inherited but the three standard descriptors.
import os
fds = []
for name in os.listdir("/proc/self/fd"):
    try:
        os.readlink("/proc/self/fd/" + name)
        fds.append(int(name))
    except OSError:
        pass
print("REACHED" if set(fds) - {0, 1, 2} else "clean", sorted(fds))
for fd in (0, 1, 2):
    if not os.readlink("/proc/self/fd/%d" % fd).startswith(("pipe:", "/dev/null", "/null")):
        print("REACHED descriptor", fd, os.readlink("/proc/self/fd/%d" % fd))
