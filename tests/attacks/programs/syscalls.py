# Calls that must never reach the kernel: each has to fail with EPERM. Prints those that did not.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "unshare": (272, 0x10000000), "setns": (308, 0, 0), "mount": (165, 0, 0, 0, 0, 0), "umount2": (166, 0, 0),
    "pivot_root": (155, 0, 0), "chroot": (161, 0), "fsopen": (430, 0, 0), "move_mount": (429, 0, 0, 0, 0, 0),
    "open_tree": (428, 0, 0, 0), "mount_setattr": (442, 0, 0, 0, 0, 0), "ptrace": (101, 0, 0, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "pidfd_getfd": (438, 0, 0, 0), "kcmp": (312, 1, 1, 0, 0, 0), "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, 0, 0, 0), "userfaultfd": (323, 0), "keyctl": (250, 0, 0, 0, 0, 0),
    "add_key": (248, 0, 0, 0, 0, 0), "request_key": (249, 0, 0, 0, 0),
    "open_by_handle_at": (304, 0, 0, 0), "name_to_handle_at": (303, 0, 0, 0, 0, 0),
    "init_module": (175, 0, 0, 0), "finit_module": (313, 0, 0, 0), "delete_module": (176, 0, 0),
    "kexec_load": (246, 0, 0, 0, 0), "reboot": (169, 0, 0, 0, 0), "swapon": (167, 0, 0), "acct": (163, 0),
    "syslog": (103, 0, 0, 0), "iopl": (172, 3), "ioperm": (173, 0, 1, 1), "modify_ldt": (154, 0, 0, 0),
    "settimeofday": (164, 0, 0), "clock_settime": (227, 0, 0), "sethostname": (170, 0, 0),
    "setuid": (105, 0), "setresuid": (117, 0, 0, 0), "setgroups": (116, 0, 0), "capset": (126, 0, 0),
    "memfd_secret": (447, 0), "clone newuser": (56, 0x10000011, 0, 0, 0, 0), "clone newnet": (56, 0x40000011, 0, 0, 0, 0),
    "socket packet": (41, 17, 3, 0), "socket alg": (41, 38, 5, 0), "socket vsock": (41, 40, 1, 0),
}
for name, args in CALLS.items():
    if libc.syscall(*[ctypes.c_long(a) for a in args]) != -1 or ctypes.get_errno() != 1:
        print("REACHED", name, ctypes.get_errno())
raise SystemExit(1)
