# Ends as a program would that a limit has ended: by status, or by a signal of its own.
import os, signal, sys
what = sys.argv[1]
if what.isdigit():
    os._exit(int(what))
signal.signal(getattr(signal, what), signal.SIG_DFL) if what not in ("SIGKILL", "SIGSTOP") else None
os.kill(os.getpid(), getattr(signal, what))
