# Attributes of a file, as many as go in.
import os
open("/tmp/f", "w").close()
try:
    for i in range(100000):
        os.setxattr("/tmp/f", "user.%d" % i, b"x" * 60000)
    print("REACHED")
except OSError as why:
    print("REACHED" if i > 0 else why)
