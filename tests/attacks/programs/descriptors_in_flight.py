# Descriptors beyond the limit, kept in sockets.
import os, socket, array
a, b = socket.socketpair()
a.setblocking(False)
n = 0
try:
    while n < 100000:
        fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(16)]
        socket.send_fds(a, [b"x"], fds)
        for fd in fds:
            os.close(fd)
        n += 16
except OSError as why:
    print(why)
print("REACHED" if n > 4096 else "in flight", n)
