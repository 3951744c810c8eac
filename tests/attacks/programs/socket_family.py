# Sockets of families that reach the kernel, the host's hypervisor or the wire.
import socket, sys
FAMILIES = {"netlink": (16, 3, 0), "packet": (17, 3, 0), "alg": (38, 5, 0), "vsock": (40, 1, 0), "raw": (2, 3, 1), "key": (15, 3, 2),
            "xdp": (44, 3, 0), "bluetooth": (31, 3, 1), "tipc": (30, 1, 0), "can": (29, 3, 1), "rds": (21, 5, 0)}
try:
    s = socket.socket(*FAMILIES[sys.argv[1]])
    print("REACHED", sys.argv[1])
except OSError:
    pass
raise SystemExit(1)
