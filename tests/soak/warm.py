# SPDX-License-Identifier: Apache-2.0
#
# Python's part of the soak: a template when it has no arguments, else one way to behave. Ways are
# those of payload.c, with the same exit statuses.
import ctypes
import os
import signal
import sys
import time

NO_PROCESSES, NO_SPACE = 3, 4


def total(*numbers):
    print(sum(map(int, numbers)))


def wrong():
    raise ValueError("as wanted")


def memory():
    kept = []
    while True:
        kept.append(b"x" * (1 << 20))


def flood():
    while True:
        os.write(1, b"x" * 4096)
        os.write(2, b"y" * 4096)


def forks():
    try:
        while os.fork():
            pass
    except OSError:
        os._exit(NO_PROCESSES)
    signal.pause()


def orphan():
    ready, done = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(done, b"r")
            while True:
                signal.pause()
        os._exit(0)
    os.read(ready, 1)


def disk():
    try:
        with open("/work/full", "wb", buffering=0) as f:
            while True:
                f.write(b"x" * 65536)
    except OSError:
        os._exit(NO_SPACE)


def spin():
    while True:
        pass


def sleep():
    time.sleep(1000)


WAYS = {f.__name__: f for f in (total, wrong, memory, flood, forks, orphan, disk, spin, sleep)}


def become():
    library = ctypes.PyDLL("/box/assay-warm.so")
    library.warm_argument.restype = ctypes.c_char_p
    api = ctypes.pythonapi
    n = library.warm_serve(*[ctypes.cast(f, ctypes.c_void_p) for f in (
        api.PyOS_BeforeFork, api.PyOS_AfterFork_Parent, api.PyOS_AfterFork_Child)])
    return [library.warm_argument(i).decode() for i in range(n)]


args = sys.argv if len(sys.argv) > 1 else become()
WAYS[args[1]](*args[2:])
