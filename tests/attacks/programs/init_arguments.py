# The command line of the first process: does it tell paths or secrets of the host?
import os
for path in ("/proc/1/cmdline", "/proc/1/task/1/cmdline"):
    try:
        text = open(path, "rb").read()
    except OSError:
        continue
    if b"/attacks/" in text or b"--json" in text or b"assay-attack" in text:
        print("REACHED", path, text[:80])
