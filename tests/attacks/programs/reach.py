# A listener of the host: over loopback, by an abstract name, by a path.
import os, socket, sys
e = os.environ
WAYS = {
    "tcp": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(e["LISTEN_PORT"]))),
    "any": (socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", int(e["LISTEN_PORT"]))),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", int(e["LISTEN_PORT"]))),
    "udp": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(e["LISTEN_UDP"]))),
    "abstract": (socket.AF_UNIX, socket.SOCK_STREAM, "\0" + e["LISTEN_ABSTRACT"]),
    "path": (socket.AF_UNIX, socket.SOCK_STREAM, e["LISTEN_PATH"]),
}
family, kind, address = WAYS[sys.argv[1]]
try:
    s = socket.socket(family, kind)
    s.settimeout(1)
    s.connect(address)
    s.send(b"hello")
    print("REACHED", address)
except OSError as why:
    print(why)
