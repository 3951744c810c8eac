# Standard input is a file of the host, open for reading: reaches it to change it. The test looks at the file, too.
import os, stat
is_file = stat.S_ISREG(os.fstat(0).st_mode)
for path in ("/proc/self/fd/0", "/dev/stdin", "/dev/fd/0", "/proc/thread-self/fd/0"):
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
        try:
            fd = os.open(path, flags | os.O_NONBLOCK)
            os.write(fd, b"written by a box\n")
            os.close(fd)
            if is_file:
                print("REACHED", path, flags)
        except OSError:
            pass
for call in (lambda: os.ftruncate(0, 0), lambda: os.write(0, b"x"), lambda: os.fchmod(0, 0o600), lambda: os.utime(0),
             lambda: os.link("/proc/self/fd/0", "/tmp/l", follow_symlinks=True)):
    try:
        call()
        if is_file:
            print("REACHED by a change")
    except OSError:
        pass
