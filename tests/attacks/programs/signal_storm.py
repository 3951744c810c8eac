# Kills everything it may; the box still tells how it ended.
import os, signal
for s in range(1, 65):
    if s not in (signal.SIGKILL, signal.SIGSTOP):
        try:
            signal.signal(s, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:
    pass
os.kill(os.getpid(), signal.SIGSEGV)
os.abort()
