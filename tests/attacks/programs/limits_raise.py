# Limits can be lowered, never raised.
import resource
for name in ("RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_MEMLOCK", "RLIMIT_NICE"):
    what = getattr(resource, name, None)
    if what is None:
        continue
    soft, hard = resource.getrlimit(what)
    try:
        resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if hard != resource.RLIM_INFINITY:
            print("REACHED", name)
    except (OSError, ValueError):
        pass
