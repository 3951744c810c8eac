# Nothing but the scratch disk can be written to.
import os
for path in ("/usr/x", "/x", "/etc/x", "/bin/x", "/dev/x", "/proc/self/oom_score_adj", "/proc/sys/kernel/hostname", "/box/x",
             "/usr/bin/python3", "/etc/passwd"):
    try:
        open(path, "w").close()
        print("REACHED", path)
    except OSError:
        pass
for call in (lambda: os.chmod("/usr", 0o777), lambda: os.rename("/usr", "/y"), lambda: os.symlink("/", "/z"),
             lambda: os.mknod("/tmp/dev", 0o60666, 0x801), lambda: os.link("/usr/bin/python3", "/tmp/p")):
    try:
        call()
        print("REACHED a change")
    except OSError:
        pass
