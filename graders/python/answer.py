# SPDX-License-Identifier: Apache-2.0
#
# Making a program of an answer: which reading it has, and the world it runs in. A part of driver.py
# and of control.py.
import builtins
import sys
from posix import stat

ONLY_AST = 0x400


def as_text(data):
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def says(e):
    """One line about an exception. Runs the answer's code where the exception is its own."""
    try:
        text = f"{type(e).__name__}: {e}"
    except Exception:
        text = type(e).__name__
    return text[:500]


def binds(nodes, name):
    """Whether statements bind a name in their scope, branches included."""
    for node in nodes:
        if getattr(node, "name", None) == name:
            return True
        for target in getattr(node, "targets", None) or [getattr(node, "target", None)]:
            if getattr(target, "id", None) == name:
                return True
        if type(node).__name__ in ("Import", "ImportFrom"):
            if any((alias.asname or alias.name) == name for alias in node.names):
                return True
        if type(node).__name__ in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            continue
        for part in ("body", "orelse", "finalbody", "handlers"):
            if binds(getattr(node, part, None) or (), name):
                return True
    return False


def compile_quietly(text, flags=0):
    """Compiles without the remarks on style that would be printed with their source."""
    import _warnings

    rule = ("ignore", None, Warning, None, 0)
    _warnings.filters.insert(0, rule)
    try:
        return compile(text, "<answer>", "exec", flags, True)
    finally:
        _warnings.filters.remove(rule)


def read_answer(prompt, answer, entry_point):
    """(reading, code, message): the first reading that compiles. Runs nothing of the answer."""
    try:
        return "continuation", compile_quietly(prompt + answer + "\n"), None
    except (Exception, MemoryError) as e:
        message = says(e)
    try:
        if binds(compile_quietly(answer, ONLY_AST).body, entry_point):
            return "whole", compile_quietly(answer + "\n"), None
    except (Exception, MemoryError):
        pass
    return None, None, message


def leave(code=None):
    raise SystemExit(code)


def furnish():
    """What the site module would have set up, without the time that it takes. Once is enough."""
    sys.argv = ["solution"]
    if getattr(builtins, "exit", None) is leave:
        return
    major, minor = sys.version_info[:2]
    for path in (
        f"/usr/local/lib/python{major}.{minor}/dist-packages",
        "/usr/lib/python3/dist-packages",
        f"{sys.prefix}/lib/python{major}.{minor}/site-packages",
    ):
        try:
            stat(path)
        except OSError:
            continue
        if path not in sys.path:
            sys.path.append(path)
    builtins.exit = builtins.quit = leave
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.reconfigure(errors="backslashreplace")


def new_module():
    """The answer's namespace: a module that can be imported by its name, and is not __main__."""
    module = type(sys)("solution")
    sys.modules["solution"] = module
    return module


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


