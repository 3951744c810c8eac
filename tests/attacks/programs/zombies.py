# Children that end and are never waited for.
import os
while True:
    if os.fork() == 0:
        os._exit(0)
