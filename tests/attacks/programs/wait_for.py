# Waits for what never comes.
import os, socket, sys, threading
what = sys.argv[1]
if what == "lock":
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
elif what == "socket":
    s = socket.socket(socket.AF_UNIX)
    s.bind("/tmp/s")
    s.listen()
    s.accept()
elif what == "file_lock":
    import fcntl
    f, g = open("/tmp/x", "w"), open("/tmp/x", "w")
    fcntl.lockf(f, fcntl.LOCK_EX)
    if os.fork() == 0:
        fcntl.lockf(g, fcntl.LOCK_EX)
        os._exit(0)
    os.wait()
elif what == "child":
    if os.fork() == 0:
        while True:
            os.kill(os.getpid(), 19)
    os.wait()
else:
    print(sys.stdin.read())
