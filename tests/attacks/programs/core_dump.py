# A dump of a crashed child, which core_pattern may carry out of the box.
import os, resource
try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (OSError, ValueError):
    pass
if resource.getrlimit(resource.RLIMIT_CORE)[1] != 0:
    print("REACHED the limit")
pid = os.fork()
if pid == 0:
    os.abort()
if os.WCOREDUMP(os.waitpid(pid, 0)[1]) or any(n.startswith("core") for n in os.listdir(".")):
    print("REACHED")
