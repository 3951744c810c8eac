# Environment of every process that is in sight, and every host path worth reading.
import glob, os
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        if b"assay-attack-secret" in open(path, "rb").read():
            print("REACHED", path)
    except OSError:
        pass
if "assay-attack-secret" in repr(dict(os.environ)):
    print("REACHED environment")
for path in ("/root", "/home", "/var", "/run", "/sys", "/boot", "/mnt", "/opt", "/srv", "/media", "/old", "/scratch", "/new",
             "/etc/shadow", "/etc/ssh", "/etc/hostname", "/proc/sysrq-trigger", "/dev/mem", "/dev/kvm", "/dev/tty", "/dev/ptmx"):
    try:
        if os.path.isdir(path):
            print("REACHED", path, os.listdir(path)[:3])
        else:
            open(path, "rb").close()
            print("REACHED", path)
    except OSError:
        pass
