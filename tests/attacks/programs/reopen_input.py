# Standard input is a file of the host, open for reading: opens it again, for writing.
import os
for path in ("/proc/self/fd/0", "/dev/stdin", "/dev/fd/0", "/proc/thread-self/fd/0"):
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
        try:
            os.close(os.open(path, flags))
            print("REACHED", path, flags)
        except OSError:
            pass
for call in (lambda: os.ftruncate(0, 0), lambda: os.write(0, b"x"), lambda: os.fchmod(0, 0o777), lambda: os.link("/proc/self/fd/0", "/tmp/l", follow_symlinks=True)):
    try:
        call()
        print("REACHED by a change")
    except OSError:
        pass
