# Calls of the kernel that no solution needs, each with arguments that would work for some user.
import ctypes, os, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
call = lambda *a: libc.syscall(*[ctypes.c_long(x) if isinstance(x, int) else x for x in a])
buf = lambda *a: ctypes.create_string_buffer(*a)

def swap():
    open("/tmp/swap", "wb").write(b"\0" * 40960)
    return call(167, b"/tmp/swap", 0)

def module():
    open("/tmp/m.ko", "wb").write(b"\x7fELF")
    return call(313, os.open("/tmp/m.ko", os.O_RDONLY), b"", 0)

def handle():
    h, n = buf(struct.pack("Ii", 128, 0), 136), ctypes.c_int()
    return call(303, -100, b"/tmp", h, ctypes.byref(n), 0)

def clock():
    return call(227, 0, buf(struct.pack("qq", int(time.time()), 0)))

def perf():
    attr = buf(struct.pack("IIQQQQ", 1, 112, 0, 0, 0, 0) + struct.pack("Q", 0x63), 112)
    return call(298, attr, 0, -1, -1, 0)

CALLS = {
    "io_uring": lambda: call(425, 4, buf(120)),
    "userfaultfd": lambda: call(323, 1),
    "perf": perf,
    "bpf": lambda: call(321, 0, buf(struct.pack("IIII", 2, 4, 4, 1), 120), 120),
    "module": module,
    "swap": swap,
    "clock": clock,
    "handle": handle,
    "accounting": lambda: call(163, 0),
    "quota": lambda: call(179, 0x800005 << 8 & 0xffffffff, b"/dev/vda", 0, buf(64)),
    "kernel_log": lambda: call(103, 3, buf(4096), 4096),
    "ports": lambda: call(172, 3),
    "segments": lambda: call(154, 0, buf(64), 64),
    "key": lambda: call(248, b"user", b"a", b"b", 1, -2),
    "compare": lambda: call(312, os.getpid(), os.getpid(), 0, 0, 1),
    "fanotify": lambda: call(300, 0x200, 0),
    "secret_memory": lambda: call(447, 0),
    "host_name": lambda: call(170, b"other", 5),
    "kexec": lambda: call(246, 0, 0, 0, 0),
    "reboot": lambda: call(169, 0xfee1dead, 672274793, 0, 0),
    "personality": lambda: call(135, 0x40000),
    "inotify": lambda: call(294, 0),
    "pages": lambda: call(279, 0, 0, 0, 0, 0, 0),
    "seccomp_listener": lambda: call(317, 1, 8, buf(struct.pack("HxxxxxxQ", 1, ctypes.addressof(RET)))),
    "mseal": lambda: call(462, 0, 0, 0),
    "mqueue": lambda: call(240, b"assay-attack", 0o102, 0o600, 0),
    "shm": lambda: call(29, 0, 4096, 0o1600),
    "sem": lambda: call(64, 0, 1, 0o1600),
    "msg": lambda: call(68, 0, 0o1600),
}
RET = buf(struct.pack("HBBI", 6, 0, 0, 0x7fff0000))
r = CALLS[sys.argv[1]]()
if r >= 0:
    print("REACHED", sys.argv[1], r)
raise SystemExit(1)
