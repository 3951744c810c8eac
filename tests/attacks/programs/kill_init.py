# The first process of the box cannot be stopped, killed or read from inside.
import os, signal, time
for s in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
    try:
        os.kill(1, s)
    except OSError:
        pass
time.sleep(0.1)
for name in ("environ", "mem", "maps", "fd", "root"):
    try:
        path = "/proc/1/" + name
        what = os.listdir(path) if name in ("fd", "root") else open(path, "rb").read(1)
        print("REACHED", name, what)
    except OSError:
        pass
print("alive")
