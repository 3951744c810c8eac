# Standard input is a terminal: type into it, take it over, write to it behind the output limit.
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
what = sys.argv[1]
if what == "type":
    for c in b"REACHED":
        libc.ioctl(0, 0x5412, ctypes.byref(ctypes.c_char(c)))
elif what == "take":
    if libc.ioctl(0, 0x540E, 1) == 0:
        print("REACHED")
else:
    try:
        os.write(0, b"REACHED")
    except OSError:
        pass
    try:
        os.write(os.open("/dev/stdin", os.O_RDWR), b"REACHED")
    except OSError:
        pass
raise SystemExit(1)
