# Makes its output fail when it is full, and fills it.
import os
os.set_blocking(1, False)
n = 0
while n < 4 << 20:
    try:
        n += os.write(1, b"x" * 65536)
    except BlockingIOError:
        pass
