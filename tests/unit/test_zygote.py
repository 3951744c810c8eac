# SPDX-License-Identifier: Apache-2.0
"""What a warm interpreter has imported ahead is not seen by who has not asked for it."""
import os
import subprocess
import sys
import unittest

ZYGOTE = os.path.join(os.path.dirname(__file__), "..", "..", "graders", "python", "zygote.py")

# Says what can be seen after some imports, in an interpreter that is cold or like a zygote.
WATCH = """
import sys
space = {"__name__": "zygote"}
path, is_warm, *names = sys.argv[1:]
import builtins, ctypes, gc
if is_warm == "1":
    with open(path) as f:
        exec(compile(f.read(), path, "exec"), space)
    space["put_away"](space["import_ahead"]())
for name in names:
    try:
        __import__(name)
    except Exception:
        print(name, "cannot be imported")
import collections, importlib
for name in sorted({*names, "collections", "importlib", "builtins"}):
    module = sys.modules.get(name)
    if getattr(module, "__spec__", None):
        print(name, module.__name__, module.__spec__.name, type(module.__spec__.loader).__name__,
              type(module.__loader__).__name__, *sorted(vars(module)))
"""
LOADED = """
import sys
space = {"__name__": "zygote"}
with open(sys.argv[1]) as f:
    exec(compile(f.read(), sys.argv[1], "exec"), space)
space["put_away"](space["import_ahead"]())
print(*sys.modules, *space["MODULES"])
"""


# Puts the interpreter's code on huge pages, goes on with it, and shows where it lies.
SETTLE = """
import ctypes, sys
library = ctypes.PyDLL(sys.argv[2])
code = ctypes.cast(ctypes.pythonapi.PyOS_BeforeFork, ctypes.c_void_p)
print(library.warm_settle(code))
import json, decimal
exec(compile("x = [json.dumps({i: str(decimal.Decimal(i))}) for i in range(1000)]", "x", "exec"))
with open("/proc/self/maps") as maps:
    for line in maps:
        at, rights = line.split()[:2]
        first, last = (int(x, 16) for x in at.split("-"))
        if first <= code.value < last:
            print(rights, *line.split()[5:])
        assert not ("w" in rights and "x" in rights), line
"""
LIBRARY = os.path.join(os.path.dirname(__file__), "..", "..", "build", "bin", "assay-warm.so")


def run(script, *arguments):
    command = [sys.executable, "-I", "-S", "-B", "-c", script, ZYGOTE, *arguments]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return result.stdout


class ImportedAhead(unittest.TestCase):
    def check(self, *names):
        with self.subTest(" ".join(names)):
            self.assertEqual(run(WATCH, "1", *names), run(WATCH, "0", *names))

    def test_each_module_is_as_if_it_had_been_imported_alone(self):
        names = set(run(LOADED).split()) - {"__main__"}
        self.assertGreater(len(names), 60)
        for name in sorted(names):
            self.check(name)

    def test_modules_are_the_same_in_any_order(self):
        for names in (
            ("typing", "collections"), ("collections", "typing"), ("collections.abc", "typing"),
            ("typing", "collections.abc"), ("dataclasses", "typing"), ("random", "statistics"),
            ("collections.abc",), ("contextlib", "typing"), ("no_such_module", "typing"),
            ("xml.etree", "importlib.util"), ("unittest", "decimal", "hashlib"),
        ):
            self.check(*names)

    @unittest.skipUnless(os.path.exists(LIBRARY), "assay-warm.so has not been built here")
    def test_an_interpreter_goes_on_where_its_code_was_moved(self):
        result, place = run(SETTLE, LIBRARY).splitlines()
        self.assertEqual(place.split()[0], "r-xp")
        if result == "-1":
            self.skipTest("no huge pages here")
        self.assertEqual(result, "0")

    def test_nothing_is_imported_that_every_fork_would_have_to_renew(self):
        self.assertNotIn("random", run(LOADED).split())


if __name__ == "__main__":
    unittest.main()
