# Each child stays below the limit; together they do not.
import os
for _ in range(8):
    if os.fork() == 0:
        while True:
            pass
while True:
    os.wait()
