# Memory that cannot be moved out.
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
m = mmap.mmap(-1, 1 << 20)
if libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m))), 1 << 20) == 0 or libc.mlockall(3) == 0:
    print("REACHED mlock")
try:
    mmap.mmap(-1, 1 << 20, flags=0x2022)
    print("REACHED by a flag")
except OSError:
    pass
