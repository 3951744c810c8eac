# Calls that are answered without a word: not there, or refused. Prints those that were.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "clone3": (435, 0, 0), "io_uring_setup": (425, 1, 0), "io_uring_enter": (426, 0, 0, 0, 0, 0), "mbind": (237, 0, 0, 0, 0, 0, 0),
    "shmget": (29, 0, 4096, 0o1600), "msgget": (68, 0, 0o1600), "semget": (64, 0, 1, 0o1600), "mq_open": (240, 0, 0, 0, 0),
    "personality": (135, 0x40000), "mknod device": (133, 0, 0o60600, 0x100), "vmsplice": (278, 1, 0, 0, 0),
    "socket netlink": (41, 16, 3, 0), "prlimit other": (302, 1, 7, 0, 0), "seccomp": (317, 0, 0, 0), "landlock": (444, 0, 0, 1),
    "flock": (73, 0, 6),
}
for name, args in CALLS.items():
    r = libc.syscall(*[ctypes.c_long(a) for a in args])
    if r != -1 or ctypes.get_errno() not in (1, 37, 38):
        print("REACHED", name, r, ctypes.get_errno())
