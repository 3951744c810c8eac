# A copy of the interpreter with capabilities in its attributes.
import os, struct
open("/tmp/python", "wb").write(open("/usr/bin/python3", "rb").read())
os.chmod("/tmp/python", 0o755)
try:
    os.setxattr("/tmp/python", "security.capability", struct.pack("<5I", 0x02000001, 0xffffffff, 0, 0x3f, 0))
    print("REACHED")
except OSError:
    pass
