# A child may not have more than its parent.
import os, resource, subprocess
subprocess.run(["/bin/sh", "-c", "ulimit -n 100000 && echo REACHED n; ulimit -c unlimited && echo REACHED c; ulimit -f unlimited && echo REACHED f; true"], stderr=subprocess.DEVNULL)
try:
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (10, 10))
    print("REACHED another process")
except OSError:
    pass
try:
    resource.prlimit(0, resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
    print("REACHED its own")
except (OSError, ValueError):
    pass
