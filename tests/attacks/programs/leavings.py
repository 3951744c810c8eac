# Started twice: looks for what the first left, and leaves it. Whatever is found has outlived its box.
import ctypes, os, sys, socket
libc = ctypes.CDLL(None, use_errno=True)
call = lambda *a: libc.syscall(*[ctypes.c_long(x) if isinstance(x, int) else x for x in a])
what, key = sys.argv[1], 0x0a55a7

def leave_file(path):
    if os.path.exists(path):
        print("REACHED", path)
    try:
        open(path, "w").close()
    except OSError:
        pass

def leave_process():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if open("/proc/%s/comm" % pid).read() == "left-behind\n":
            print("REACHED", pid)
    if os.fork() == 0:
        os.setsid()
        libc.prctl(15, b"left-behind", 0, 0, 0)
        for fd in range(3):
            os.close(fd)
        __import__("time").sleep(30)

def leave_socket():
    try:
        socket.socket(socket.AF_UNIX).connect("\0assay-attack-left")
        print("REACHED")
    except OSError:
        pass
    s = socket.socket(socket.AF_UNIX)
    s.bind("\0assay-attack-left")
    s.listen()
    if os.fork() == 0:
        os.setsid()
        os.close(1), os.close(2)
        __import__("time").sleep(30)

def leave_number(nr, *rest):
    if call(nr, key, *rest) >= 0:
        print("REACHED", nr)
    call(nr, key, *rest[:-1], rest[-1] | 0o1600)

def leave_key():
    if call(249, b"user", b"assay-attack", 0, 0) >= 0:
        print("REACHED")
    call(248, b"user", b"assay-attack", b"x", 1, -4)

def leave_queue():
    if call(240, b"assay-attack", 0, 0, 0) >= 0:
        print("REACHED")
    call(240, b"assay-attack", 0o102, 0o600, 0)

LEAVE = {"tmp": lambda: leave_file("/tmp/left"), "work": lambda: leave_file("/work/left"), "shm": lambda: leave_file("/dev/shm/left"),
         "semaphore_file": lambda: leave_file("/dev/shm/sem.left"), "cache": lambda: leave_file("/usr/lib/python3/left.pyc"),
         "process": leave_process, "socket": leave_socket, "segment": lambda: leave_number(29, 4096, 0),
         "semaphore": lambda: leave_number(64, 1, 0), "message": lambda: leave_number(68, 0), "key": leave_key, "queue": leave_queue,
         "box": lambda: leave_file("/box/left")}
LEAVE[what]()
