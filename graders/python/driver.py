# SPDX-License-Identifier: Apache-2.0
#
# The answer's side of the wire: makes a program of the answer, runs it, and answers calls of its
# function. Runs in the answer's box as
#
#   python3 driver.py ENTRY_POINT WITH_ARGUMENTS PROMPT_BYTES ANSWER_BYTES
#
# with requests on descriptor 3, replies on 4, and on 5, gone before the answer runs, the texts of
# prompt and answer one after the other. WITH_ARGUMENTS is 1 where replies carry the arguments back
# as the call left them.
#
#   -> ["start"]                                             before the answer has been looked at
#   -> ["hello", reading] or ["compile_error", message]      before any of it has run
#   -> ["ready"] or ["raise", exception, text] or ["exit"]   after its top level has run
#   <- [number, nonce, "call", args, kwargs]
#   -> [number, nonce, "value", value, args, kwargs]
#   -> [number, nonce, "raise", exception, text, args, kwargs]
#   -> [number, nonce, "exit"], [number, nonce, "large", why]
#   <- [number, nonce, "bye"]
#   -> [number, nonce, "bye"]
#
# Once the answer runs, nothing in this process can be trusted: whatever leaves it is a claim that
# the other side checks.
from posix import _exit

REQUESTS = 3
REPLIES = 4
TEXTS = 5


def outcome_of(function, args, kwargs):
    """("value", value), ("raise", exception) or ("exit", None)."""
    try:
        return "value", function(*args, **kwargs)
    except SystemExit:
        return "exit", None
    except BaseException as e:
        return "raise", e


def body_of(kind, value, arguments):
    """The reply to a call, without its number and nonce."""
    if kind == "exit":
        return ["exit"]
    encoder = Encoder(False)
    if kind == "value":
        body = ["value", encoder.one(value)]
    else:
        body = ["raise", encoder.exception(value, 0), says(value)]
    return body + [encoder.one(x) for x in arguments]


def reply(head, kind, value, arguments):
    limit = sys.getrecursionlimit()
    if limit < 4 * MAX_DEPTH:
        sys.setrecursionlimit(4 * MAX_DEPTH)
    try:
        frame = frame_of(head + body_of(kind, value, arguments))
    except (Unsendable, RecursionError, MemoryError) as e:
        frame = frame_of(head + ["large", says(e)])
    if limit < 4 * MAX_DEPTH:
        sys.setrecursionlimit(limit)
    send(REPLIES, frame)


def serve(function, with_arguments):
    inbox = Inbox(REQUESTS)
    while True:
        try:
            message, _ = inbox.receive()
        except WireEnd:
            return
        number, nonce, verb = message[:3]
        if verb == "bye":
            flush()
            send(REPLIES, frame_of([number, nonce, "bye"]))
            return
        args = decode(message[3])
        kwargs = decode(message[4])
        kind, value = outcome_of(function, args, kwargs)
        reply([number, nonce], kind, value, (args, kwargs) if with_arguments else ())


def main(entry_point, with_arguments, prompt_bytes, answer_bytes):
    send(REPLIES, frame_of(["start"]))
    prompt, answer = map(as_text, take_texts(TEXTS, prompt_bytes, answer_bytes))
    close(TEXTS)
    reading, code, message = read_answer(prompt, answer, entry_point)
    if not reading:
        send(REPLIES, frame_of(["compile_error", message]))
        return
    furnish()
    send(REPLIES, frame_of(["hello", reading]))
    space = new_module().__dict__
    kind, value = outcome_of(exec, (code, space), {})
    if kind == "value" and entry_point not in space:
        kind, value = "raise", NameError(f"name '{entry_point}' is not defined")
    if kind != "value":
        reply([], kind, value, ())
        return
    send(REPLIES, frame_of(["ready"]))
    serve(space[entry_point], with_arguments)


def rehearse():
    """Plays a small answer through, for a parent of forks (zygote.py)."""
    prompt = b'from typing import List\n\n\ndef f(x: List[int], y=0) -> int:\n    """A sum."""\n'
    answer = b"    total = y\n    for i in range(len(x)):\n        total += x[i]\n    return total\n"
    sizes = len(prompt), len(answer)
    head = "0" * 16
    requests = (
        [1, head, "call", ["t", ["l", 1, 2.5]], ["d"]],
        [2, head, "call", ["t", ["l"], 3], ["d", "y", 1]],
        [3, head, "bye"],
    )
    inputs = {"REQUESTS": b"".join(map(frame_of, requests)), "TEXTS": prompt + answer}
    rehearse_with(globals(), ("REQUESTS", "REPLIES", "TEXTS"), inputs, lambda: run("f", "0", *sizes))
    del sys.modules["solution"]


def run(entry_point, with_arguments, *sizes):
    main(entry_point, with_arguments == "1", *sizes)


if __name__ == "__main__":
    run(*sys.argv[1:])
    _exit(0)
