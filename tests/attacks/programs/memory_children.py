# No process takes much; together they take far too much.
import os, time
for _ in range(40):
    if os.fork() == 0:
        hog = bytearray(20 << 20)
        time.sleep(1000)
os.wait()
