# Memory where it is easily overlooked: none of it is a process's own anonymous pages.
import ctypes, fcntl, mmap, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
hold, block = [], b"x" * (1 << 20)

def memory_file():
    fd = os.memfd_create("m")
    for _ in range(512):
        os.write(fd, block)

def pipes():
    for _ in range(2000):
        r, w = os.pipe()
        os.set_blocking(w, False)
        try:
            fcntl.fcntl(w, 1031, 1 << 20)
        except OSError:
            pass
        try:
            while True:
                os.write(w, block)
        except BlockingIOError:
            pass

def sockets():
    for _ in range(2000):
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for s in (a, b):
            s.setblocking(False)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        hold.append((a, b))
        try:
            while True:
                a.send(block[:65536])
        except BlockingIOError:
            pass

def page_tables():
    libc.mmap.restype = ctypes.c_void_p
    for _ in range(8):
        at = libc.mmap(None, ctypes.c_size_t(1 << 34), 1, 0x4022, -1, ctypes.c_long(0))
        if at == 2 ** 64 - 1:
            break
        libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(1 << 34), 15)
        for offset in range(0, 1 << 34, 1 << 21):
            ctypes.c_char.from_address(at + offset).value

def small_maps():
    while True:
        hold.append(mmap.mmap(-1, 4096, prot=1 + len(hold) % 2 * 2))

def shared_folder():
    for i in range(512):
        open("/dev/shm/%d" % i, "wb").write(block)

def names():
    for i in range(100000):
        os.symlink("x" * 4000, "/tmp/" + "y" * 240 + str(i))

def deleted():
    for i in range(512):
        f = open("/tmp/gone", "wb")
        hold.append(f)
        os.unlink("/tmp/gone")
        f.write(block)
        f.flush()

def arguments():
    os.environ.clear()
    for i in range(64):
        if os.fork() == 0:
            os.execve("/bin/sleep", ["sleep", "5"] + ["z" * 100000] * 40, {})
    os.wait()

def threads():
    import threading
    threading.stack_size(16 << 20)
    for _ in range(50):
        threading.Thread(target=lambda: (hold.append(ctypes.create_string_buffer(8 << 20)), __import__("time").sleep(9))).start()

globals()[sys.argv[1]]()
raise SystemExit(1)
