# No way out: neither to a listener of the host on loopback nor to an abstract socket of it.
import os, socket
port = int(os.environ["LISTEN_PORT"])
for family, address in ((socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port)),
                        (socket.AF_UNIX, "\0" + os.environ["LISTEN_ABSTRACT"])):
    try:
        s = socket.socket(family, socket.SOCK_STREAM)
        s.settimeout(1)
        s.connect(address)
        print("REACHED", address)
    except OSError:
        pass
print(sorted(n for _, n in socket.if_nameindex()) if False else "tried")
