# SPDX-License-Identifier: Apache-2.0
#
# The tests' side of the wire: runs the hidden tests against a proxy of the answer's function and
# reports what came of it. Runs in a box of its own as
#
#   python3 interactor.py ENTRY_POINT WITH_ARGUMENTS IS_KEPT PROMPT_BYTES TESTS_BYTES CODE_BYTES
#
# with replies of the answer on descriptor 3, requests to it on 4, on 6 the texts of prompt and tests
# and the code that an earlier run made of them (or none) one after the other, and the report on 5:
# one line of JSON,
#
#   {"verdict": NAME, "reading": NAME, "is_started": BOOL, "calls": N, "detail": TEXT}
#
# where the verdict is a status of the product ("passed", "wrong_answer", ...), or "ended" (the
# answer's process was gone: its box knows why), or "unwirable" (the tests pass arguments that
# cannot travel). is_started tells that the driver had begun, whatever the answer then did.
# WITH_ARGUMENTS is 1 where mutations of arguments are carried back. Where IS_KEPT is 1, the code is
# written behind the texts, for later runs, before anything of the answer is read.
#
# The answer's process is an enemy. Nothing it sends can make this one hang longer than its box
# lives, use memory beyond the bounds of the wire, or reach a verdict other than by returning values
# that the tests accept. "passed" needs: check() returned, at least one call was answered, and the
# last frame, "bye", was followed by nothing.
import marshal
from posix import _exit, urandom

REPLIES = 3
REQUESTS = 4
REPORT = 5
TEXTS = 6
STAMP = sys.version.encode() + b"\n"  # code is of this interpreter or of no use


class Stop(BaseException):
    """Ends the tests. Not an Exception, so that tests which catch those do not swallow it."""


class Wire:
    """Calls of the answer's function. The first fault is final."""

    def __init__(self, with_arguments):
        self.with_arguments = with_arguments
        self.inbox = Inbox(REPLIES)
        self.reading = None
        self.is_started = False
        self.is_ready = False
        self.number = 0
        self.calls = 0
        self.total = 0
        self.fault = None  # (verdict, detail)
        self.raised = None  # the exception of the answer that was raised last

    def stop(self, verdict, detail):
        if not self.fault:
            self.fault = (verdict, detail)
        raise Stop()

    def receive(self):
        try:
            message, n = self.inbox.receive()
        except WireEnd:
            self.stop("ended", "")
        except WireError as e:
            self.stop("tampered", f"the wire carried {e}")
        except MemoryError:
            self.stop("memory_limit", "what it returned fills the memory of the tests")
        self.total += n
        if self.total > MAX_TOTAL:
            self.stop("output_limit", f"returned values beyond {MAX_TOTAL >> 20} MiB in all")
        return message

    def send(self, frame):
        try:
            send(REQUESTS, frame)
        except OSError:
            self.stop("ended", "")

    def malformed(self):
        self.stop("tampered", "the wire carried a reply that is not one")

    def unwirable(self, e):
        """Once the answer has returned anything, what cannot travel may be of its making."""
        verdict = "wrong_answer" if self.calls else "unwirable"
        self.stop(verdict, f"the tests pass an argument that is {e}")

    def start(self):
        """Waits until the answer's top level has run."""
        if self.is_ready:
            return
        if self.fault:
            raise Stop()
        try:
            self.greet()
        except Exception:
            self.malformed()

    def greet(self):
        """The frames before the first call; those after "hello" are the answer's already."""
        if self.receive() != ["start"]:
            self.malformed()
        self.is_started = True
        message = self.receive()
        if message[:1] == ["compile_error"]:
            self.stop("compile_error", str(message[-1]))
        if message not in (["hello", "continuation"], ["hello", "whole"]):
            self.malformed()
        self.reading = message[1]
        message = self.receive()
        if message == ["exit"]:
            self.stop("early_exit", "it left before its function could be called")
        if message[:1] == ["raise"] and len(message) == 3 and type(message[2]) is str:
            self.stop("runtime_error", message[2])
        if message[:1] == ["large"]:
            self.stop("runtime_error", "an exception that cannot be told")
        if message != ["ready"]:
            self.malformed()
        self.is_ready = True

    def ask(self, *request):
        """Sends a request; returns the reply without its number and nonce, which must be right."""
        if self.fault:
            raise Stop()
        self.start()
        self.number += 1
        head = [self.number, urandom(8).hex()]
        try:
            frame = frame_of(head + list(request))
        except Unsendable as e:
            self.unwirable(e)
        self.send(frame)
        message = self.receive()
        if message[:2] != head or type(message[0]) is not int or len(message) < 3:
            self.malformed()
        return message[2:]

    def call(self, args, kwargs):
        encoder = Encoder(True)
        try:
            request = encoder.one(args), encoder.one(kwargs)
        except Unsendable as e:
            self.unwirable(e)
        body = self.ask("call", *request)
        try:
            return self.outcome(body, args, kwargs)
        except WireError as e:
            self.stop("tampered", f"the wire carried {e}")
        except MemoryError:
            self.stop("memory_limit", "what it returned fills the memory of the tests")
        except Exception:
            self.malformed()

    def outcome(self, body, args, kwargs):
        """What a reply says: returns the value, or hands an exception out as Raised."""
        kind = body[0]
        if kind == "exit":
            self.stop("early_exit", "it left in a call of its function")
        if kind == "large":
            self.stop("output_limit", "returned a value that is too large or too deep to carry")
        own = {"value": 2, "raise": 3}.get(kind if type(kind) is str else None, 0)
        if not own or len(body) != own + 2 * self.with_arguments:
            self.malformed()
        value = decode(body[1])
        if self.with_arguments:
            self.carry_back(args, kwargs, decode(body[own]), decode(body[own + 1]))
        if kind == "value":
            self.calls += 1
            return value
        if not isinstance(value, BaseException) or type(body[2]) is not str:
            self.malformed()
        if not isinstance(value, Exception):
            self.stop("runtime_error", body[2])
        self.calls += 1
        return Raised(value, body[2])

    def carry_back(self, args, kwargs, new_args, new_kwargs):
        if type(new_args) is not tuple or len(new_args) != len(args):
            self.malformed()
        if type(new_kwargs) is not dict or new_kwargs.keys() != kwargs.keys():
            self.malformed()
        carry_back(args, new_args)
        carry_back(kwargs, new_kwargs)

    def bye(self):
        """The end: the answer says good-bye and its process goes, having said no more."""
        if self.ask("bye") != ["bye"]:
            self.malformed()
        extra = self.inbox.ahead
        try:
            extra = extra or read(REPLIES, 1)
        except OSError:
            pass
        if extra:
            self.stop("tampered", "the wire carried more than replies")


class Raised:
    """An exception that the answer raised, on its way to the tests."""

    def __init__(self, exception, text):
        self.exception = exception
        self.text = text


def carry_back(old, new):
    """Makes the tests' own arguments look as the call left them, in place where they can be."""
    if type(old) is not type(new):
        return new
    t = type(old)
    if t is list or t is deque or t is tuple:
        n = min(len(old), len(new))
        items = [carry_back(old[i], new[i]) for i in range(n)] + list(new)[n:]
        if t is tuple:
            return t(items) if items != list(old) else old
        old.clear()
        old.extend(items)
    elif t is dict:
        items = [(k, carry_back(old[k], v) if k in old else v) for k, v in new.items()]
        old.clear()
        old.update(items)
    elif t is set:
        if old != new:
            old.clear()
            old.update(new)
    elif t is bytearray:
        old[:] = new
    else:
        return new
    return old


def candidate_of(wire, name):
    def candidate(*args, **kwargs):
        value = wire.call(args, kwargs)
        if type(value) is not Raised:
            return value
        wire.raised = value
        raise value.exception

    candidate.__name__ = candidate.__qualname__ = name
    return candidate


# ---- the tests ----


class Task:
    """What is known of the task: its texts, and the code of its tests if a run has kept it."""

    def __init__(self, entry_point, prompt, tests, kept):
        self.entry_point = entry_point
        self.prompt = prompt
        self.tests = tests
        self.kept = kept

    def text_of_tests(self):
        return self.tests.decode("utf-8", "replace")

    def compile(self):
        """(tests, prompt or None where they do without it), as code."""
        if self.kept.startswith(STAMP):
            return marshal.loads(self.kept[len(STAMP) :])
        tests = compile(self.text_of_tests(), "<tests>", "exec", 0, True)
        prompt = compile_prompt(self.prompt.decode("utf-8", "replace"))
        if prompt and not needs_prompt(prompt, tests, self.entry_point):
            prompt = None
        return tests, prompt


def keep(code):
    try:
        send(TEXTS, STAMP + marshal.dumps(code))
    except (OSError, ValueError):
        pass  # no room, or constants of a depth that cannot be written: later runs compile again


def names_in(code):
    names = set(code.co_names)
    for const in code.co_consts:
        if type(const) is type(code):
            names |= names_in(const)
    return names


def compile_prompt(prompt):
    for text in (prompt, prompt + "    pass\n"):
        try:
            return compile(text, "<prompt>", "exec", 0, True)
        except (SyntaxError, ValueError):
            pass
    return None


def needs_prompt(prompt, tests, entry_point):
    """
    Whether the tests may use what the prompt defines besides the function. Most do not, and the
    imports of a prompt cost more than all the rest.
    """
    used = names_in(tests)
    if used & {"globals", "eval", "exec", "vars", "locals", "__import__", "modules"}:
        return True
    return bool((set(prompt.co_names) - {entry_point}) & used)


def run_tests(wire, task, is_kept):
    module = type(sys)("tests")
    sys.modules["tests"] = module
    space = module.__dict__
    tests, prompt = code = task.compile()
    if is_kept:
        keep(code)
    close(TEXTS)
    if prompt:
        exec(prompt, space)
    candidate = candidate_of(wire, task.entry_point)
    space[task.entry_point] = candidate
    exec(tests, space)
    check = space.get("check")
    if check:
        wire.start()
        check(candidate)


def where_in(task, e):
    """The line of the tests that an exception passed through last."""
    line = 0
    at = e.__traceback__
    while at:
        if at.tb_frame.f_code.co_filename == "<tests>":
            line = at.tb_lineno
        at = at.tb_next
    lines = task.text_of_tests().split("\n")
    if not 0 < line <= len(lines):
        return ""
    return f"line {line}: {lines[line - 1].strip()[:160]}"


def judge(wire, task, e):
    """(verdict, detail) for tests that ended with an exception, or with None."""
    if wire.fault:
        return wire.fault
    if e is None:
        return "task_error", "the tests never called the function"
    at = where_in(task, e)
    try:
        text = str(e)[:160]
    except Exception:
        text = ""
    if not wire.calls:
        return "task_error", f"{type(e).__name__}: {text} ({at})"
    if wire.raised and e is wire.raised.exception:
        return "runtime_error", f"{wire.raised.text[:160]} ({at})"
    if type(e) is AssertionError:
        return "wrong_answer", f"{at} ({text})" if text and text not in at else at
    return "wrong_answer", f"{type(e).__name__}: {text} ({at})"


def main(task, with_arguments, is_kept):
    wire = Wire(with_arguments)
    ended_by = None
    try:
        run_tests(wire, task, is_kept)
        if wire.calls and not wire.fault:
            wire.bye()
            return wire, "passed", ""
    except BaseException as e:
        ended_by = e
    return (wire,) + judge(wire, task, ended_by)


def report(wire, verdict, detail):
    line = {
        "verdict": verdict,
        "reading": wire.reading,
        "is_started": wire.is_started,
        "calls": wire.calls,
        "detail": detail[:500],
    }
    send(REPORT, "".join(dump(line, 0)).encode("ascii") + b"\n")


def rehearse():
    """Plays small tests through, for a parent of forks (zygote.py)."""
    prompt = b'def f(x, y=0):\n    """A sum."""\n'
    tests = (
        b"METADATA = {'author': 'x'}\n\n\ndef check(candidate):\n"
        b"    assert candidate([1, 2]) == 3\n    assert candidate((1.5, 'a'), y=2.5) == 3.5, 'no'\n"
        b"    assert candidate('a') == ['l', (1, {2: 3})]\n"
    )
    code = STAMP + marshal.dumps(Task("f", prompt, tests, b"").compile())
    replies = [["start"], ["hello", "continuation"], ["ready"]]
    for value in (3, 3.5, ["l", "l", ["t", 1, ["d", 2, 3]]]):
        replies.append([len(replies) - 2, bytes(8).hex(), "value", value])
    replies.append([len(replies) - 2, bytes(8).hex(), "bye"])
    inputs = {"REPLIES": b"".join(map(frame_of, replies)), "TEXTS": prompt + tests + code}
    sizes = len(prompt), len(tests), len(code)
    space = globals()
    draw = space["urandom"]
    space["urandom"] = bytes  # the nonces that the replies have
    names = "REPLIES", "REQUESTS", "REPORT", "TEXTS"
    rehearse_with(space, names, inputs, lambda: run("f", "0", "0", *sizes))
    space["urandom"] = draw
    del sys.modules["tests"]


def run(entry_point, with_arguments, is_kept, *sizes):
    task = Task(entry_point, *take_texts(TEXTS, *sizes))
    report(*main(task, with_arguments == "1", is_kept == "1"))


if __name__ == "__main__":
    run(*sys.argv[1:])
    _exit(0)
