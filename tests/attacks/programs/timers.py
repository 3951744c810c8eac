# A thousand timers, each firing as often as it can.
import ctypes, os, signal, struct
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
made = 0
for _ in range(4096):
    if libc.timer_create(1, 0, ctypes.byref(ctypes.c_void_p())) == 0:
        made += 1
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
print("REACHED" if made > 2000 else made)
while True:
    pass
