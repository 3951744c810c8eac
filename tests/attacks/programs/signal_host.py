# Processes of the host, by number and all at once.
import os, signal
pid = int(os.environ["HOST_PID"])
try:
    os.kill(pid, 0)
    print("REACHED by kill")
except ProcessLookupError:
    pass
except PermissionError:
    print("REACHED: it is in sight")
try:
    os.pidfd_open(pid)
    print("REACHED by pidfd")
except OSError:
    pass
if os.path.exists("/proc/%d" % pid):
    print("REACHED in /proc")
