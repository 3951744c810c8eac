# SPDX-License-Identifier: Apache-2.0
#
# A template of boxes that run one of our scripts: reads it once, then waits in a library call and
# becomes the script in a fork of its own, in fresh namespaces, with its limits and its filter
# (sandbox/warm.h). Runs trusted code alone; answers and tests run in its forks.
#
#   python3 zygote.py SCRIPT
#
# with the script and the library assay-warm.so in /box. A fork gets the arguments that the script
# would have had after its name.
#
# Whatever a fork does as the first of its line costs it a copy of a page here, a page there. So the
# parent does once what all of them will: it imports what answers import, and rehearses the script,
# which lets the interpreter adapt the code and fill its caches.
import builtins
import ctypes
import gc
import sys
from posix import _exit

# What an answer finds ready when it imports it. One that forgets to import has it no more than in a
# cold start. "random" is not here: every fork would have to seed it anew, used or not, for more
# than its import costs.
MODULES = (
    "abc", "bisect", "collections", "copy", "datetime", "enum", "functools", "heapq", "itertools",
    "json", "math", "operator", "os", "re", "string", "time", "typing",
)
# Those of them whose import others could see: "collections" gets its "abc" from "typing". They are
# put away until somebody imports them, with what each imports in turn.
HELD = {"typing": ("collections.abc",), "collections.abc": ()}


class Held:
    """Finder and loader of modules that are there already, and put away."""

    def __init__(self, names):
        self.modules = {name: sys.modules.pop(name) for name in names}
        self.specs = {name: module.__spec__ for name, module in self.modules.items()}
        self.parts = {name: self.take_parts(name) for name in names}
        for name in names:
            parent, _, child = name.rpartition(".")
            if parent:
                delattr(sys.modules[parent], child)

    def take_parts(self, name):
        """What a module of no folder has named as its submodules."""
        names = [part for part in sys.modules if part.startswith(name + ".")]
        return {part: sys.modules.pop(part) for part in names}

    def find_spec(self, name, path=None, target=None):
        return type(self.specs[name])(name, self) if name in self.modules else None

    def create_module(self, spec):
        return self.modules.pop(spec.name)

    def exec_module(self, module):
        name = module.__spec__.name
        module.__spec__ = self.specs[name]
        for needed in HELD[name]:
            __import__(needed)
        sys.modules.update(self.parts[name])


def import_ahead():
    """Returns the names to put away before the first fork."""
    for name in MODULES:
        if name not in HELD:
            __import__(name)
    held = [name for name in HELD if name not in sys.modules]
    for name in held:
        __import__(name)
    return held


def put_away(names):
    sys.meta_path.insert(0, Held(names))


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
    library.warm_settle(hooks[0])
    gc.collect()
    gc.freeze()
    n = library.warm_serve(*hooks)
    return [library.warm_argument(i).decode("utf-8", "surrogateescape") for i in range(n)]


def main(path):
    held = import_ahead()
    space = read_script(path)
    for _ in range(REHEARSALS):
        space["rehearse"]()
    put_away(held)
    arguments = become()
    sys.argv = [path] + arguments
    space["run"](*arguments)
    _exit(0)


REHEARSALS = 20  # code adapts after some calls

if __name__ == "__main__":
    main(sys.argv[1])
