# A memory file, touched through its descriptor only.
import os
fd = os.memfd_create("hog")
while True:
    os.write(fd, b"x" * (1 << 20))
