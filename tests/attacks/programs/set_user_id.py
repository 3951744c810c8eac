# Set-user-id programs give nothing.
import os, subprocess
open("/tmp/sh", "wb").write(open("/bin/sh", "rb").read())
os.chmod("/tmp/sh", 0o6755)
out = subprocess.run(["/tmp/sh", "-c", "id -u; id -ru"], capture_output=True, text=True).stdout.split()
if set(out) != {"1000"}:
    print("REACHED", out)
for program in ("/usr/bin/su", "/usr/bin/passwd", "/usr/bin/mount", "/usr/bin/newgrp"):
    if os.path.exists(program):
        r = subprocess.run([program, "--version"], capture_output=True, stdin=subprocess.DEVNULL)
if os.geteuid() != 1000:
    print("REACHED", os.geteuid())
