# Twice forked, with a session of its own, no output, and deaf to signals: nothing ties it to its parent.
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for s in range(1, 32):
            try:
                signal.signal(s, signal.SIG_IGN)
            except OSError:
                pass
        for fd in range(3):
            os.close(fd)
        os.chdir("/")
        while True:
            time.sleep(60)
    os._exit(0)
os.wait()
