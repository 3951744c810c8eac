# Sees no process but its own.
import os
pids = sorted(int(p) for p in os.listdir("/proc") if p.isdigit())
print("REACHED" if len(pids) > 2 else "alone", pids)
