# More of the processor than others get.
import os, sys
what = sys.argv[1]
try:
    if what == "nice":
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    elif what == "realtime":
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    elif what == "batch":
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    else:
        os.sched_setaffinity(0, {0})
    print("REACHED", what)
except OSError:
    pass
