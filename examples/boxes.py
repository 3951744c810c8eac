#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs programs that nobody trusts, over the JSON protocol of `assay-box serve`.

    assay-box serve --json /run/user/1000/boxes.sock &
    boxes.py /run/user/1000/boxes.sock

Nothing but the standard library is needed. The protocol is described in docs/formats.md.
"""
import base64
import concurrent.futures
import json
import socket
import sys
import threading


class Refused(Exception):
    """The server did not run a box: a request that was wrong, or a machine that could not."""


class Boxes:
    """A connection: futures are sent as one line each, and answered in whatever order boxes end."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lock = threading.Lock()
        self.waiting = {}
        self.next_id = 0
        # Answers are read all the time: the server stops reading from who does not.
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)  # what still runs is killed
        self.reader.join()
        self.socket.close()

    def run(self, argv, **members):
        """A future of the answer; members are those of a request: stdin, files, limits, ..."""
        return self._send({"argv": argv, **members})

    def cancel(self, future):
        """The future then ends as "cancelled", unless its box has ended before."""
        self._write({"id": future.id, "op": "cancel"})

    def info(self):
        return self._send({"op": "info"})

    def _send(self, request):
        future = concurrent.futures.Future()
        with self.lock:
            self.next_id += 1
            future.id = self.next_id
            self.waiting[future.id] = future
        self._write({"id": future.id, **request})
        return future

    def _write(self, request):
        line = json.dumps(request).encode() + b"\n"
        with self.lock:
            self.socket.sendall(line)

    def _read(self):
        with self.socket.makefile("rb") as lines:
            for line in lines:
                self._take(json.loads(line))
        for future in self.waiting.values():
            future.set_exception(Refused("the server is gone"))

    def _take(self, answer):
        if "cancelled" in answer:  # whose result comes in a line of its own
            return
        future = self.waiting.pop(answer["id"], None)
        if not future:
            return
        if "error" in answer:
            future.set_exception(Refused(answer["error"]["message"]))
        else:
            future.set_result(answer)


def output(answer, name="stdout"):
    """The kept bytes of a stream, its head and its tail, exactly as they were written."""
    stream = answer["result"][name]
    return b"".join(base64.b64decode(stream[part + "_base64"]) if part + "_base64" in stream
                    else stream.get(part, "").encode() for part in ("head", "tail"))


def main():
    script = "import sys; print(sum(map(int, sys.stdin.read().split())))"
    with Boxes(sys.argv[1]) as boxes:
        futures = [boxes.run(["python3", "/tmp/a.py"], stdin=f"{n} {n * n}\n",
                             files=[{"path": "/tmp/a.py", "data": script}],
                             limits={"wall_ms": 10000, "mem_bytes": 256 << 20})
                   for n in range(8)]
        for n, future in enumerate(futures):
            answer = future.result()
            result = answer["result"]
            print(f"{n} + {n} * {n} = {output(answer).decode().strip()}"
                  f" ({result['end']}, {result['cpu_ns'] / 1e6:.1f} ms of CPU time)")


if __name__ == "__main__":
    main()
