# Stopped children and a stopped self: only the wall clock is left.
import os, signal, time
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        while True:
            time.sleep(1)
    os.kill(pid, signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)
