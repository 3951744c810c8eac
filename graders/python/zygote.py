# SPDX-License-Identifier: Apache-2.0
#
# A template of boxes that run our scripts: reads them all once, then waits in a library call and
# becomes each program in a fork of its own, in fresh namespaces, with its limits and its filter
# (sandbox/warm.h). Runs trusted code alone; answers and tests run in its forks.
#
#   python3 zygote.py
#
# with the scripts in /box and the library in /box/assay-warm.so. A fork gets the arguments that the
# script would have had.
#
# What a fork does for the first time costs it a copy of a page here, a page there; so the parent
# does once what all of them will: it imports what answers import, and rehearses both scripts, which
# lets the interpreter adapt their code and fill its caches.
import builtins
import ctypes
import gc
import sys
from posix import _exit, close, dup, dup2, pipe, read, write

SCRIPTS = ("/box/driver.py", "/box/interactor.py")
# Modules that an answer finds imported when it asks for them. An answer that forgets to ask has
# them no more than in a cold start, and each looks as if it had been imported alone: what a module
# knows of its submodules belongs to that. "random" is not here, since a fork would seed it anew,
# used or not, for more than its import costs those few who use it.
MODULES = (
    "abc", "bisect", "collections", "copy", "datetime", "enum", "functools", "heapq", "itertools",
    "json", "math", "operator", "os", "re", "string", "time", "typing",
)


def read_script(path):
    """The script's names, read under another name than __main__ so that it does not run yet."""
    space = {"__name__": "script", "__builtins__": builtins, "__file__": path}
    with open(path, "rb") as f:
        exec(compile(f.read(), path, "exec", 0, True), space)
    return space


def become():
    """Returns in a fork alone, with its arguments."""
    library = ctypes.PyDLL("/box/assay-warm.so")
    library.warm_argument.restype = ctypes.c_char_p
    api = ctypes.pythonapi
    # what the interpreter does around a fork of its own
    hooks = [ctypes.cast(f, ctypes.c_void_p)
             for f in (api.PyOS_BeforeFork, api.PyOS_AfterFork_Parent, api.PyOS_AfterFork_Child)]
    n = library.warm_serve(*hooks)
    return [library.warm_argument(i).decode("utf-8", "surrogateescape") for i in range(n)]


def main():
    for name in MODULES:
        __import__(name)
    spaces = {path: read_script(path) for path in SCRIPTS}
    gc.collect()
    gc.freeze()
    sys.argv = become()
    spaces[sys.argv[0]]["run"](*sys.argv[1:])
    _exit(0)


if __name__ == "__main__":
    main()
