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
    elif what == "closed":
        os.close(1) if not os.path.exists("/tmp/once") else None
        open("/tmp/once", "w").close()
        os.write(2, block)
    elif what == "packets":
        import fcntl
        fcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT)
        os.write(1, b"x" * 4096)
    elif what == "small_pipe":
        import fcntl
        try:
            fcntl.fcntl(1, 1031, 4096)
        except OSError:
            pass  # there is more in it just now
        os.write(1, block)
    elif what == "orphans":
        if os.fork():
            os._exit(0)
        what = "both"
    elif what == "own_reader":
        end = os.open("/proc/self/fd/1", os.O_RDONLY)
        os.write(2, b"REACHED")
        os.write(1, block)
        os.read(end, 65536)
        os.close(end)
    elif what == "drip":
        os.write(1, b".")
        time.sleep(0.001)
