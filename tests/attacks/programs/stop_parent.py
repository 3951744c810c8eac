# Stopped and sent on again, over and over.
import os, signal, time
parent = os.getpid()
if os.fork() == 0:
    while True:
        os.kill(parent, signal.SIGSTOP)
        os.kill(parent, signal.SIGCONT)
while True:
    time.sleep(1)
