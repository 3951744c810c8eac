# Only the five harmless devices are there.
import os
names = set(os.listdir("/dev")) - {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}
if names:
    print("REACHED", names)
for name in ("mem", "kmem", "port", "kvm", "fuse", "net/tun", "tty", "ptmx", "console", "loop-control", "vsock", "userfaultfd", "kmsg", "vda", "sda", "hwrng", "uinput"):
    try:
        os.close(os.open("/dev/" + name, os.O_RDONLY))
        print("REACHED", name)
    except OSError:
        pass
