# A chain of processes: each starts its successor and ends; none lives long.
import os, time
os.fork() and os.wait() and time.sleep(60)
while True:
    end = time.process_time() + 0.03
    while time.process_time() < end:
        pass
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
