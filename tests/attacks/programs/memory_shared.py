# Memory that is nobody's private memory.
import mmap, time
hog = []
while True:
    m = mmap.mmap(-1, 16 << 20)
    m.write(b"x" * (16 << 20))
    hog.append(m)
