# Memory of another process, by call and by file.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)

class Piece(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("n", ctypes.c_size_t)]

secret = ctypes.create_string_buffer(b"secret", 16)
copy = ctypes.create_string_buffer(16)
parent, pid = os.getpid(), os.fork()
if pid == 0:
    ours, theirs = Piece(ctypes.addressof(copy), 16), Piece(ctypes.addressof(secret), 16)
    if libc.process_vm_readv(parent, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) > 0:
        print("REACHED by readv", flush=True)
    if libc.process_vm_writev(parent, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) > 0:
        print("REACHED by writev", flush=True)
    os._exit(0)
os.waitpid(pid, 0)
try:
    open("/proc/1/mem", "r+b").close()
    print("REACHED the first process")
except OSError:
    pass
raise SystemExit(1)
