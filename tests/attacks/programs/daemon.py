# Leaves a daemon behind that has its own session and ignores every signal it can.
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for s in range(1, 65):
            try:
                signal.signal(s, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        time.sleep(1000)
    os._exit(0)
os.wait()
print("daemon left behind")
