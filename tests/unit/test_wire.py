# SPDX-License-Identifier: Apache-2.0
"""The Python parts of the function oracle: the wire, both its ends, and the control."""
import collections
import decimal
import enum
import fractions
import json
import math
import os
import re
import sys
import threading
import unittest

PYTHON = os.path.join(os.path.dirname(__file__), "..", "..", "graders", "python")


def load(*names):
    """The namespace of scripts put together as the program does it."""
    text = ""
    for name in names:
        with open(os.path.join(PYTHON, name), encoding="ascii") as f:
            text += f.read()
    space = {"__name__": "scripts"}
    exec(compile(text, names[-1], "exec"), space)
    return space


WIRE = load("wire.py")
WireError = WIRE["WireError"]
Unsendable = WIRE["Unsendable"]
Opaque = WIRE["Opaque"]


def through(value, is_exact=False):
    """What the other side gets: encoded, framed, parsed and decoded."""
    frame = WIRE["frame_of"]([WIRE["Encoder"](is_exact).one(value)])
    return WIRE["decode"](WIRE["parse"](frame[4:])[0])


class Colour(enum.IntEnum):
    RED = 1


class Liar:
    """Equal to everything, and more."""

    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    def __len__(self):
        return 0

    def __iter__(self):
        return iter([1])

    def __index__(self):
        return 7

    __hash__ = None


class LyingInt(int):
    def __eq__(self, other):
        return True

    def __index__(self):
        return 42

    __int__ = __index__
    __hash__ = int.__hash__


class LyingStr(str):
    def __eq__(self, other):
        return True

    def __str__(self):
        return "42"

    __hash__ = str.__hash__


class LyingFloat(float):
    def __float__(self):
        return 42.0


class LyingList(list):
    def __iter__(self):
        return iter([42])

    def __len__(self):
        return 1


class LyingTuple(tuple):
    def __iter__(self):
        return iter([42])


class LyingDict(dict):
    def items(self):
        return [(42, 42)]

    def __iter__(self):
        return iter([42])


class LyingSet(set):
    def __iter__(self):
        return iter([42])


class LyingBytes(bytes):
    def __bytes__(self):
        return b"42"


class Failure(KeyError):
    pass


ROUND_TRIPS = [
    None, True, False, 0, -1, 2**53 - 1, 2**53, -(2**53), 2**64, -(2**200), 10**5000,
    0.0, -0.0, 1.0, 0.1, -1.5e300, 5e-324, float("inf"), float("-inf"),
    "", "a", "caf\u00e9", "\u20ac\U0001f600", "\x00\x1f\x7f", "\"\\/", "\ud800", "\ud83d\ude00x",
    b"", b"\x00\xff", bytearray(b"ab"), 1j, complex(float("inf"), -0.0),
    [], [1, [2, [3]]], (), (1,), ((), []), set(), {1, "a"}, frozenset({(1, 2)}), {frozenset()},
    {}, {1: 2}, {"a": [1]}, {(1, 2): None, None: 3, True: 4, 2.5: 5}, {1: {2: {3: 4}}},
    range(0), range(1, 10, 3), range(-(2**70), 2**70, 2**60),
    collections.deque([1, 2]), decimal.Decimal("0.10"), decimal.Decimal("NaN"),
    fractions.Fraction(1, 3), ["l", "t"], ["i", "10"], "[\"l\"]",
]

REDUCED = [
    (collections.OrderedDict([(1, 2)]), {1: 2}),
    (collections.defaultdict(list, {1: [2]}), {1: [2]}),
    (collections.Counter("aab"), {"a": 2, "b": 1}),
    (collections.namedtuple("P", "x y")(1, 2), (1, 2)),
    (Colour.RED, 1),
    (LyingInt(3), 3), (LyingStr("abc"), None), (LyingFloat(1.5), 1.5), (LyingList([1, 2]), [1, 2]),
    (LyingTuple((1, 2)), (1, 2)), (LyingDict({1: 2}), {1: 2}), (LyingSet({1}), {1}),
    (LyingBytes(b"abc"), b"abc"),
]

MALFORMED = [
    b"", b"{}", b"null", b"1", b'"a"', b"[", b"[1]]", b"[1] x", b"[1,]", b"[01]", b"[NaN]",
    b"[Infinity]", b'["\x01"]', b"[\xc3\xa9]", b"[" * 100000, b"[" * 5000 + b"]" * 5000,
    b"[" + b"9" * 5000 + b"]", b"nul", b"\x80\x04K\x01.", b"['a']",
]

UNKNOWN = [
    [], {}, {"l": 1}, [1], [None], [["l"]], ["?"], ["L", 1], ["d", 1], ["d", 1, 2, 3], ["d", ["l"], 1],
    ["i"], ["i", 5], ["i", "zz"], ["i", "0x1", 2], ["f", "1.5"], ["f", None], ["f"], ["f", "NaN"],
    ["c", 1, 2], ["c", 1.0], ["b", "0"], ["b", "zz"], ["b", 1], ["s", "ff"], ["r", 1, 2], ["e", ["l"]],
    ["r", 1, 2, 0], ["r", 1.5, 2, 3], ["N", "x"], ["N"], ["Q", 1, 0], ["Q", 1, "a"], ["x"],
    ["x", "os"], ["x", "print"], ["x", "dict"], ["x", 5], ["g", 1, None], ["g", [], 5], ["g", []],
    ["o"], ["o", 5, True], ["o", "a", 1], ["k", ["l"]], ["l", {}], ["t", {"a": 1}],
]


class Values(unittest.TestCase):
    def assertSame(self, got, want):
        self.assertIs(type(got), type(want))
        self.assertEqual(repr(got), repr(want))

    def test_plain_values_come_back_as_they_were(self):
        sys.set_int_max_str_digits(0)
        for value in ROUND_TRIPS:
            for is_exact in (True, False):
                self.assertSame(through(value, is_exact), value)

    def test_nan_stays_nan(self):
        self.assertTrue(math.isnan(through(float("nan"))))

    def test_views_of_dicts_stay_views(self):
        d = {1: "a", 2: "b"}
        self.assertEqual(through(d.keys()), {1, 2})
        self.assertEqual(list(through(d.values())), ["a", "b"])
        self.assertEqual(through(d.items()), {(1, "a"), (2, "b")})

    def test_copies_are_apart(self):
        inner = [1]
        got = through([inner, inner])
        got[0].append(2)
        self.assertEqual((inner, got), ([1], [[1, 2], [1]]))

    def test_subclasses_are_reduced_without_running_their_methods(self):
        for value, want in REDUCED:
            got = through(value)
            if want is None:
                want = "".join((value, ""))[:3]
                self.assertIs(type(got), str)
            else:
                self.assertSame(got, want)

    def test_an_object_that_equals_everything_equals_nothing(self):
        got = through(Liar())
        for other in (1, "a", None, [], got):
            self.assertFalse(got == other)
            self.assertFalse(other == got)
            self.assertTrue(got != other)
        self.assertRaises(TypeError, lambda: got < 1)
        self.assertRaises(TypeError, len, got)
        self.assertRaises(TypeError, list, got)
        self.assertRaises(TypeError, int, got)
        self.assertFalse(got in [1, 2, 3] or 1 in [got])

    def test_a_liar_inside_a_plain_value_is_opaque_too(self):
        self.assertNotEqual(through([1, Liar()]), [1, 2])
        self.assertNotEqual(through({1: Liar()}), {1: 2})

    def test_the_truth_of_an_object_travels(self):
        self.assertTrue(through(re.match("a", "a")))
        self.assertFalse(through(Liar()))

    def test_numpy_scalars_are_numbers(self):
        class Generic:
            def item(self):
                return 2.5

        numpy = type(sys)("numpy")
        numpy.generic = Generic
        sys.modules["numpy"] = numpy
        try:
            self.assertSame(through([Generic()]), [2.5])
        finally:
            del sys.modules["numpy"]

    def test_iterators_are_carried_as_iterators(self):
        got = through(map(int, "123"))
        self.assertNotEqual(got, [1, 2, 3])
        self.assertEqual((list(got), list(got)), ([1, 2, 3], []))
        self.assertEqual(list(through(x for x in "ab")), ["a", "b"])
        self.assertEqual(dict(through(zip("ab", [1, 2]))), {"a": 1, "b": 2})

    def test_an_iterator_that_fails_fails_there_too(self):
        got = through(1 // x for x in (1, 0))
        self.assertEqual(next(got), 1)
        self.assertRaises(ZeroDivisionError, next, got)

    def test_an_endless_iterator_is_cut(self):
        import itertools

        got = through(itertools.count())
        self.assertEqual([next(got), next(got)], [0, 1])
        self.assertRaises(WireError, collections.deque, got, 0)

    def test_exceptions_travel_by_their_nearest_builtin_name(self):
        for value, want in (
            (ValueError("no"), ValueError("no")), (Failure("k", 1), KeyError("k", 1)),
            (RuntimeError(Liar()), None), (KeyboardInterrupt(), KeyboardInterrupt()),
            (UnicodeDecodeError("a", b"b", 0, 1, "c"), UnicodeDecodeError("a", b"b", 0, 1, "c")),
        ):
            got = through(value)
            if want is not None:
                self.assertSame(got, want)

    def test_arguments_must_be_of_exact_types(self):
        for value in (Liar(), [Liar()], lambda: 1, LyingInt(1), Colour.RED, iter([]), object, Failure()):
            self.assertRaises(Unsendable, through, value, True)

    def test_depth_is_bounded(self):
        deep = []
        for _ in range(WIRE["MAX_DEPTH"] - 1):
            deep = [deep]
        self.assertEqual(through(deep), deep)
        self.assertRaises(Unsendable, through, [[deep]])
        circle = []
        circle.append(circle)
        self.assertRaises(Unsendable, through, circle)

    def test_size_is_bounded_before_it_is_built(self):
        bush = [0]
        for _ in range(100):
            bush = [bush, bush]
        wire = load("wire.py")
        wire["MAX_FRAME"] = limit = 1 << 16
        for value in (bush, ["a" * 999] * 999, "a" * 2 * limit, 1 << 8 * limit, [0] * limit,
                      {i: i for i in range(limit)}, bytes(limit)):
            self.assertRaises(wire["Unsendable"], wire["Encoder"](False).one, value)
        self.assertRaises(wire["Unsendable"], wire["frame_of"], ["\x00" * (limit // 4)])


class Frames(unittest.TestCase):
    def test_malformed_frames_are_refused(self):
        for text in MALFORMED:
            with self.assertRaises(WireError, msg=repr(text[:40])):
                WIRE["parse"](text)

    def test_unknown_values_are_refused(self):
        for value in UNKNOWN:
            text = json.dumps([value]).encode()
            with self.assertRaises((WireError, ValueError, TypeError, ArithmeticError), msg=repr(value)):
                WIRE["decode"](WIRE["parse"](text)[0])

    def test_depth_is_bounded_when_decoding(self):
        n = WIRE["MAX_DEPTH"] + 2
        text = b'["l",' * n + b"1" + b"]" * n
        self.assertRaises(WireError, WIRE["decode"], WIRE["parse"](text))

    def feed(self, data):
        r, w = os.pipe()
        os.write(w, data)
        os.close(w)
        try:
            return WIRE["Inbox"](r).receive()
        finally:
            os.close(r)

    def test_frames_are_read_whole_or_not_at_all(self):
        self.assertEqual(self.feed(b"\0\0\0\x03[1]"), ([1], 3))
        self.assertRaises(WIRE["WireEnd"], self.feed, b"")
        for data in (b"\0", b"\0\0\0\x03[1", b"\0\0\0\x03", b"\x7f\xff\xff\xff[1]", b"\0\0\0\0"):
            self.assertRaises(WireError, self.feed, data)


def frame(message):
    text = json.dumps(message).encode()
    return len(text).to_bytes(4, "big") + text


HELLO = frame(["start"]) + frame(["hello", "continuation"]) + frame(["ready"])
ADD = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(2, b=2) == 4\n"


class Play:
    """The interactor in this process, against a peer that a function plays."""

    def __init__(self, peer, tests=ADD, with_arguments=False, prompt="def f(a, b):\n", kept=b""):
        self.script = load("wire.py", "interactor.py")
        replies = os.pipe()
        requests = os.pipe()
        self.script.update(REPLIES=replies[0], REQUESTS=requests[1])
        self.script["close"] = lambda fd: None
        self.task = self.script["Task"]("f", prompt.encode(), tests.encode(), kept)
        thread = threading.Thread(target=self.run, args=(peer, requests[0], replies[1]))
        thread.start()
        self.wire, self.verdict, self.detail = self.script["main"](self.task, with_arguments, False)
        for fd in (requests[1], replies[0]):
            os.close(fd)
        thread.join()

    def run(self, peer, requests, replies):
        try:
            inbox = WIRE["Inbox"](requests)
            peer(lambda: inbox.receive()[0], lambda data: WIRE["send"](replies, data))
        except (WIRE["WireEnd"], BrokenPipeError):
            pass
        finally:
            os.close(requests)
            os.close(replies)


def scripted(*bodies, bye=True, hello=HELLO, extra=b""):
    """A peer that answers each call in turn with these bodies, and says good-bye."""

    def peer(receive, send):
        send(hello)
        for body in bodies:
            head = receive()[:2]
            send(body if isinstance(body, bytes) else frame(head + body))
        if bye:
            head = receive()[:2]
            send(frame(head + ["bye"]) + extra)

    return peer


def rogue(change):
    """A peer that changes number and nonce of its first reply."""

    def peer(receive, send):
        send(HELLO)
        number, nonce = receive()[:2]
        send(frame(change(number, nonce) + ["value", 3]))

    return peer


VALUE3, VALUE4 = ["value", 3], ["value", 4]
# What a peer does, and the verdict.
PEERS = [
    ("right answers", scripted(VALUE3, VALUE4), "passed"),
    ("a wrong answer", scripted(["value", 5], bye=False), "wrong_answer"),
    ("true is one, as in Python", scripted(["value", 3.0], VALUE4), "passed"),
    ("an exception", scripted(["raise", ["x", "ValueError", "no"], "ValueError: no"], bye=False),
     "runtime_error"),
    ("not an Exception", scripted(["raise", ["x", "KeyboardInterrupt"], "x"], bye=False), "runtime_error"),
    ("an assertion of its own", scripted(["raise", ["x", "AssertionError"], "x"], bye=False),
     "runtime_error"),
    ("an exit", scripted(["exit"], bye=False), "early_exit"),
    ("a value that is too large", scripted(["large", "x"], bye=False), "output_limit"),
    ("an opaque value", scripted(["value", ["o", "Liar", True]], bye=False), "wrong_answer"),
    ("nothing at all", scripted(hello=b"", bye=False), "ended"),
    ("an end before it is ready", scripted(hello=frame(["start"]), bye=False), "ended"),
    ("an end in a call", scripted(VALUE3, bye=False), "ended"),
    ("no good-bye", scripted(VALUE3, VALUE4, bye=False), "ended"),
    ("a frame after the good-bye", scripted(VALUE3, VALUE4, extra=frame([1])), "tampered"),
    ("a byte after the good-bye", scripted(VALUE3, VALUE4, extra=b"x"), "tampered"),
    ("a syntax error", scripted(hello=frame(["start"]) + frame(["compile_error", "m"]), bye=False),
     "compile_error"),
    ("an exception at the start",
     scripted(hello=HELLO[:-13] + frame(["raise", ["x", "KeyError"], "k"]), bye=False), "runtime_error"),
    ("an exit at the start", scripted(hello=HELLO[:-13] + frame(["exit"]), bye=False), "early_exit"),
    ("no start", scripted(hello=frame(["hello", "whole"]), bye=False), "tampered"),
    ("an unknown reading", scripted(hello=frame(["start"]) + frame(["hello", "x"]), bye=False), "tampered"),
    ("a reply ahead of time", scripted(VALUE3, hello=HELLO + frame([1, "0" * 16, "value", 3]), bye=False),
     "tampered"),
    ("a second ready", scripted(VALUE3, hello=HELLO + frame(["ready"]), bye=False), "tampered"),
    ("a reply twice", scripted(b"".join([frame([1, "", "value", 3])] * 2), bye=False), "tampered"),
    ("a foreign nonce", rogue(lambda number, nonce: [number, "0" * 16]), "tampered"),
    ("a foreign number", rogue(lambda number, nonce: [number + 1, nonce]), "tampered"),
    ("true for the number one", rogue(lambda number, nonce: [True, nonce]), "tampered"),
    ("a float for the number", rogue(lambda number, nonce: [1.0, nonce]), "tampered"),
    ("no number", rogue(lambda number, nonce: [nonce]), "tampered"),
    ("garbage", scripted(b"garbage and more of it", bye=False), "tampered"),
    ("a frame beyond the limit", scripted(b"\xff\xff\xff\xff", bye=False), "tampered"),
    ("half a frame", scripted(b"\0\0\0\x20[1,", bye=False), "tampered"),
    ("a deep frame", scripted(frame(["l"])[:0] + b"\0\1\x86\xa0" + b"[" * 100000, bye=False), "tampered"),
    ("an unknown kind of reply", scripted(["gift", 3], bye=False), "tampered"),
    ("a kind that is a list", scripted([["value"], 3], bye=False), "tampered"),
    ("a kind that is null", scripted([None, 3], bye=False), "tampered"),
    ("a value too many", scripted(["value", 3, 4], bye=False), "tampered"),
    ("no value", scripted(["value"], bye=False), "tampered"),
    ("an unknown value", scripted(["value", ["?"]], bye=False), "tampered"),
    ("a set of lists", scripted(["value", ["e", ["l"]]], bye=False), "tampered"),
    ("a fraction by zero", scripted(["value", ["Q", 1, 0]], bye=False), "tampered"),
    ("an exception that is none", scripted(["raise", 5, "x"], bye=False), "tampered"),
    ("an exception that is a function", scripted(["raise", ["x", "exit"], "x"], bye=False), "tampered"),
    ("a text that is none", scripted(["raise", ["x", "ValueError"], 5], bye=False), "tampered"),
    ("bye instead of a value", scripted(["bye"], bye=False), "tampered"),
]

# Tests, and the verdict on a peer that returns 3, 4.
TESTS = [
    ("def check(candidate):\n    pass\n", "task_error"),
    ("def check(candidate:\n", "task_error"),
    ("import no_such_module\n", "task_error"),
    ("def check(candidate):\n    assert False\n", "task_error"),
    ("def check(candidate):\n    candidate(lambda: 1)\n", "unwirable"),
    ("def check(candidate):\n    candidate(1)\n    candidate(lambda: 1)\n", "wrong_answer"),
    ("def check(c):\n    assert c(1) == 3 and f(2) == 4\n", "passed"),
    ("assert f(1) == 3\nassert f(2) == 4\n", "passed"),
    ("def check(c):\n    assert c(1) + c(2) == helper(7)\n", "passed"),
    ("def check(c):\n    assert c(1) + c(2) == globals()['helper'](7)\n", "passed"),
    ("def check(c):\n    c(1)\n    c(2)\n    1 // 0\n", "wrong_answer"),
    ("import sys\ndef check(c):\n    c(1)\n    c(2)\n    sys.exit(0)\n", "wrong_answer"),
]


class Interactor(unittest.TestCase):
    def test_each_peer_gets_its_verdict(self):
        for name, peer, want in PEERS:
            with self.subTest(name):
                self.assertEqual(Play(peer).verdict, want)

    def test_tests_that_swallow_everything_do_not_pass(self):
        tests = "def check(c):\n    for i in range(9):\n        try:\n            c(i)\n"
        tests += "        except BaseException:\n            pass\n"
        for name, peer, want in PEERS:
            if want in ("ended", "tampered", "early_exit") and "good-bye" not in name:
                with self.subTest(name):
                    self.assertEqual(Play(peer, tests).verdict, want)

    def test_each_test_gets_its_verdict(self):
        prompt = "def helper(x):\n    return x\ndef f(x):\n"
        for tests, want in TESTS:
            with self.subTest(tests):
                self.assertEqual(Play(scripted(VALUE3, VALUE4), tests, prompt=prompt).verdict, want)

    def test_the_sum_of_values_is_bounded(self):
        large = ["value", "a" * (15 << 20)]
        tests = "def check(c):\n    for i in range(9):\n        c(i)\n"
        self.assertEqual(Play(scripted(*[large] * 9), tests).verdict, "output_limit")

    def test_exceptions_reach_the_tests_by_their_class(self):
        tests = "def check(c):\n    try:\n        c(1)\n    except KeyError as e:\n"
        tests += "        assert e.args == ('k', 1)\n    else:\n        assert False\n"
        reply = ["raise", ["x", "KeyError", "k", 1], "Failure: k"]
        self.assertEqual(Play(scripted(reply), tests).verdict, "passed")
        self.assertEqual(Play(scripted(VALUE3, bye=False), tests).verdict, "wrong_answer")

    def test_arguments_do_not_change_unless_they_are_carried_back(self):
        tests = "def check(c):\n    a = [[2, 1], {'k': {3}}]\n    inner = a[0]\n    c(a)\n"
        tests += "    assert inner == [1, 2] and a == [[1, 2], {'k': {3, 4}}, 5], a\n"
        now = ["t", ["l", ["l", 1, 2], ["d", "k", ["e", 3, 4]], 5]]
        reply = ["value", None, now, ["d"]]
        self.assertEqual(Play(scripted(reply), tests, True).verdict, "passed")
        self.assertEqual(Play(scripted(VALUE3, bye=False), tests).verdict, "wrong_answer")
        for bad in (["value", None], ["value", None, now], ["value", None, 1, ["d"]],
                    ["value", None, ["t"], ["d"]], ["value", None, now, ["d", "x", 1]]):
            self.assertEqual(Play(scripted(bad, bye=False), tests, True).verdict, "tampered")

    def test_details_name_the_line_of_the_tests(self):
        play = Play(scripted(["value", 5], bye=False))
        self.assertEqual(play.detail, "line 2: assert candidate(1, 2) == 3")


ANSWER = load("answer.py")
READINGS = [
    ("def f(x):\n", "    return 1\n", "continuation"),
    ("def f(x):\n    '''doc'''\n", "", "continuation"),
    ("def f(x):\n    '''doc'''\n", "def f(x):\n    return 1\n", "continuation"),
    ("def f(x):\n    '''doc'''\n", "from __future__ import annotations\ndef f(x):\n    return 1\n", "whole"),
    ("def f(x):\n", "import os\ndef f(x):\n    return 1\n", "whole"),
    ("def f(x):\n", "f = lambda x: 1\n", "whole"),
    ("def f(x):\n", "if True:\n    def f(x):\n        return 1\n", "whole"),
    ("def f(x):\n", "from os import getcwd as f\n", "whole"),
    ("def f(x):\n", "def g(x):\n    def f(x):\n        return 1\n", None),
    ("def f(x):\n", "return 1\n", None),
    ("def f(x):\n", "def f(x:\n    return 1\n", None),
    ("def f(x):\n", "    return '\0'\n", None),
    ("def f(x):\n", "    return " + "(" * 500 + ")" * 500, None),
]


class Answers(unittest.TestCase):
    def test_each_answer_has_its_reading(self):
        for prompt, answer, want in READINGS:
            with self.subTest(answer):
                reading, code, message = ANSWER["read_answer"](prompt, answer, "f")
                self.assertEqual(reading, want)
                self.assertEqual((code is None, message is None), (want is None, want is not None))


CONTROL = load("answer.py", "control.py")
CHEAT = """
class Same:
    def __eq__(self, other): return True
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __lt__(self, other): return True
    __hash__ = None
def f(x):
    return Same()
"""
# Tests; honest answers to them fail each of their assertions once it is corrupted.
CONTROLLED = """
def check(candidate):
    assert candidate(1) == 2
    assert 3 == candidate(2), "a message"
    assert abs(candidate(0.5) - 1.5) < 1e-6
    for i in range(5):
        assert candidate(i) in [i + 1], i
    assert candidate(1)
    assert not candidate(-1)
    assert candidate(1) is not None
    if candidate(3) > 3:
        assert candidate(3) >= 4
    assert True, "says nothing"
    try:
        candidate("a")
        assert False
    except TypeError as e:
        assert "str" in str(e)
"""


def run_control(answer, tests, is_control):
    tally = CONTROL["Tally"]()
    code = compile(answer, "<answer>", "exec")
    tests = CONTROL["compile_tests"]({"tests": tests, "is_control": is_control}, "f")
    verdict, _ = CONTROL["run"](code, tests, "f", tally)
    return verdict, tally.executed, tally.failed, tally.survived


class Control(unittest.TestCase):
    def test_an_honest_answer_fails_every_corrupted_assertion(self):
        honest = "def f(x):\n    return x + 1\n"
        self.assertEqual(run_control(honest, CONTROLLED, False), ("passed", 13, 0, 0))
        self.assertEqual(run_control(honest, CONTROLLED, True), ("passed", 0, 13, 0))

    def test_a_wrong_answer_fails(self):
        for body in ("x", "None", "1 // 0"):
            verdict = run_control(f"def f(x):\n    return {body}\n", CONTROLLED, False)[0]
            self.assertIn(verdict, ("wrong_answer", "runtime_error"))

    def test_an_object_equal_to_everything_survives_the_control(self):
        tests = "\n".join(CONTROLLED.split("\n")[:5])
        self.assertEqual(run_control(CHEAT, tests, False)[:2], ("passed", 3))
        self.assertEqual(run_control(CHEAT, tests, True)[1:], (0, 0, 3))

    def test_every_plain_value_has_another(self):
        for value in ROUND_TRIPS + [1e300, float("nan")]:
            self.assertFalse(CONTROL["other"](value) == value)


if __name__ == "__main__":
    unittest.main()
