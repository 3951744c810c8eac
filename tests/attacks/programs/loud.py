# Output without end, of the kind named.
import os, sys, time
what, block = sys.argv[1], b"x" * 65536
while True:
    if what == "both":
        os.write(1, block)
        os.write(2, block)
    elif what == "one_line":
        os.write(1, block)
    elif what == "nul":
        os.write(1, bytes(65536))
    elif what == "binary":
        os.write(2, os.urandom(65536))
    elif what == "escapes":
        os.write(1, b"\x1b]0;title\x07\x1b[2J\x1b[31m" * 4096)
    elif what == "lines":
        os.write(1, b"\n" * 65536)
    elif what == "children":
        if os.fork() == 0:
            os.write(1, block * 4)
            os._exit(0)
        os.wait()
    elif what == "copies":
        os.write(os.open("/proc/self/fd/1", os.O_WRONLY), block)
    elif what == "drip":
        os.write(1, b".")
        time.sleep(0.001)
