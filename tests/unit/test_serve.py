# SPDX-License-Identifier: Apache-2.0
"""`assay-box serve --json` with real boxes: requests side by side, mistakes, clients that vanish."""
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BIN = os.environ.get("ASSAY_BIN", os.path.join(TOP, "build", "bin"))
PROGRAM = os.path.join(BIN, "assay-box")
PATIENCE_S = 60
sys.path.insert(0, os.path.join(TOP, "examples"))
sys.dont_write_bytecode = True
import boxes  # noqa: E402 pylint: disable=wrong-import-position


def serve(*options, **how):
    how = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([PROGRAM, "serve", "--json", *options], **how)


def over_pipes(text):
    """Status and answers of a server that reads `text` on standard input."""
    done = subprocess.run([PROGRAM, "serve", "--json", "-"], input=text, capture_output=True,
                          timeout=PATIENCE_S, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def lines(*requests):
    return b"".join(json.dumps(r).encode() + b"\n" for r in requests)


def pids_of(mark):
    """Processes that have `mark` among their arguments, boxes' included, but for those of tests."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as f:
                if f.read().split(b"\0")[:2] == [b"/bin/sleep", mark.encode()]:
                    found.append(int(name))
        except OSError:
            pass
    return found


def is_gone(pidfds):
    """Do all of these processes end?"""
    for fd in pidfds:
        if not select.select([fd], [], [], PATIENCE_S)[0]:
            return False
        os.close(fd)
    return True


class Raw:
    """A client that sees lines as they are."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        return json.loads(self.file.readline())

    def close(self):
        self.file.close()
        self.socket.close()


class ServeTest(unittest.TestCase):
    def setUp(self):
        probe = over_pipes(b"")
        if probe[0] == 4:
            self.skipTest("no box can be made here: " + probe[2].decode().strip())
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "s")
        self.servers = []
        self.addCleanup(self.stop)

    def stop(self):
        for server in self.servers:
            if server.poll() is None:
                server.terminate()
            server.wait(PATIENCE_S)
            server.stderr.close()

    def start(self, *options):
        server = serve(self.path, *options)
        self.servers.append(server)
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists(self.path):
            self.assertIsNone(server.poll(), "the server ended at its start")
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        return server

    def refused(self):
        """What a server says that cannot start at the path."""
        server = serve(self.path)
        _, said = server.communicate(timeout=PATIENCE_S)
        self.assertEqual(server.returncode, 3)
        return said.decode()

    def sleeper(self, mark):
        """Descriptors of the processes of a box that sleeps; there is one before long."""
        end = time.monotonic() + PATIENCE_S
        while not (pids := pids_of(mark)):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        return [os.pidfd_open(pid) for pid in pids]

    # ---- requests ----

    def test_a_request_has_arguments_environment_input_files_and_limits(self):
        status, answers, _ = over_pipes(lines({
            "id": "é", "argv": ["/bin/sh", "-c", 'cat; cat /work/a "$1"; echo $X >&2; /tmp/p', "sh", "/work/b"],
            "env": {"X": "<é>"}, "stdin": "one\n", "isolation": "standard", "network": "none",
            "files": [{"path": "/work/a", "data": "two\n"}, {"path": "/work/b", "data_base64": "dGhyZWUK"},
                      {"path": "/tmp/p", "data": "#!/bin/sh\nexit 7", "executable": True}],
            "limits": {"wall_ms": 20000, "keep_bytes": 100}}))
        self.assertEqual(status, 0)
        self.assertEqual(answers[0]["id"], "é")
        result = answers[0]["result"]
        self.assertEqual(result["stdout"]["head"], "one\ntwo\nthree\n")
        self.assertEqual(result["stderr"]["head"], "<é>\n")
        self.assertEqual((result["end"], result["exit_code"]), ("exited", 7))

    def test_the_result_is_that_of_assay_box_run(self):
        with tempfile.NamedTemporaryFile() as out:
            subprocess.run([PROGRAM, "run", "--json", out.name, "--", "/bin/true"], check=True)
            with open(out.name, encoding="utf-8") as f:
                ran = json.load(f)
        answers = over_pipes(lines({"id": 1, "argv": ["/bin/true"]}))[1]
        self.assertIsNone(ran.pop("rootfs"))  # which requests cannot name
        self.assertEqual(list(answers[0]["result"]), list(ran))
        self.assertEqual(answers[0]["result"]["layers"], ran["layers"])

    def test_limits_are_those_that_were_asked_for(self):
        spin = {"argv": ["/bin/sh", "-c", "while :; do :; done"]}
        answers = over_pipes(lines({"id": "cpu", "limits": {"cpu_ms": 100}, **spin},
                                   {"id": "wall", "limits": {"wall_ms": 100, "cpu_ms": 5000}, **spin},
                                   {"id": "out", "argv": ["/usr/bin/yes"], "limits": {"output_bytes": 1000}}))[1]
        self.assertEqual({a["id"]: a["result"]["end"] for a in answers},
                         {"cpu": "cpu_limit", "wall": "wall_limit", "out": "output_limit"})

    def test_bytes_that_are_no_text_come_back_as_they_were(self):
        data = bytes(range(256))
        self.start()
        with boxes.Boxes(self.path) as b:
            answer = b.run(["/bin/cat"], stdin_base64=boxes.base64.b64encode(data).decode()).result(PATIENCE_S)
            self.assertNotIn("head", answer["result"]["stdout"])
            self.assertEqual(boxes.output(answer), data)
            self.assertEqual(boxes.output(b.run(["/usr/bin/printf", "a\\000b"]).result(PATIENCE_S)), b"a\0b")
            answer = b.run(["/usr/bin/seq", "100000"], limits={"keep_bytes": 20}).result(PATIENCE_S)
            self.assertEqual(boxes.output(answer), b"1\n2\n3\n4\n5\n99\n100000\n")
            self.assertEqual(answer["result"]["stdout"]["left_out"], 588895 - 20)

    def test_files_come_back_as_they_were(self):
        script = "printf x >/work/a; printf '\\377\\0' >/tmp/b; ln -s /etc/passwd /work/c"
        answers = over_pipes(lines({"id": 1, "argv": ["/bin/sh", "-c", script],
                                    "files_out": ["/work/a", "/tmp/b", "/work/c", "/work/d"]},
                                   {"id": 2, "argv": ["/bin/true"], "files_out": ["/etc/passwd"]}))[1]
        answers = {a["id"]: a for a in answers}
        self.assertEqual(answers[1]["files"], [{"path": "/work/a", "data": "x"},
                                               {"path": "/tmp/b", "data_base64": "/wA="}])
        self.assertEqual([f["state"] for f in answers[1]["result"]["files"]],
                         ["kept", "kept", "link", "absent"])
        self.assertEqual(answers[2]["result"]["end"], "setup_failed")

    def test_info_names_the_layers_and_the_bounds(self):
        answers = over_pipes(lines({"id": 1, "op": "info"}))[1]
        info = answers[0]["info"]
        self.assertEqual(info["protocol"], 1)
        self.assertIn("seccomp", info["layers"])
        self.assertFalse(set(info["layers"]) & set(info["missing"]))

    # ---- mistakes ----

    MISTAKES = [
        (b"nonsense", None, "bad_request", "bad JSON"),
        (b"\xff\xfe{}", None, "bad_request", "bad JSON"),
        (b"[" * 100000, None, "bad_request", "deep|JSON"),
        (b'{"id":1,"argv":[' + b'"",' * 200000 + b'""]}', None, "bad_request", "too many values"),
        (b"[1]", None, "bad_request", "expected an object"),
        (b"null", None, "bad_request", "expected an object"),
        (b'{"argv":["true"]}', None, "bad_request", '"id": is missing'),
        (b'{"id":1.5,"argv":["true"]}', None, "bad_request", '"id"'),
        (b'{"id":"","argv":["true"]}', None, "bad_request", '"id"'),
        (b'{"id":[1],"argv":["true"]}', None, "bad_request", '"id"'),
        (b'{"id":1}', 1, "bad_request", '"argv": is missing'),
        (b'{"id":1,"argv":[]}', 1, "bad_request", '"argv": must not be empty'),
        (b'{"id":1,"argv":"true"}', 1, "bad_request", '"argv": expected an array'),
        (b'{"id":1,"argv":["a",2]}', 1, "bad_request", '"argv": expected an array'),
        (b'{"id":1,"argv":["a"],"argv":["b"]}', None, "bad_request", "argv"),
        (b'{"id":1,"op":"fly"}', 1, "bad_request", '"op"'),
        (b'{"id":1,"op":"cancel","argv":["a"]}', 1, "bad_request", "unknown key"),
        (b'{"id":1,"argv":["a"],"arg":1}', 1, "bad_request", 'did you mean "argv"'),
        (b'{"id":1,"argv":["a"],"limits":{"wall_ms":0}}', 1, "bad_request", '"wall_ms"'),
        (b'{"id":1,"argv":["a"],"limits":{"wall_ms":1e300}}', 1, "bad_request", '"wall_ms"'),
        (b'{"id":1,"argv":["a"],"limits":{"keep_bytes":1000000000}}', 1, "bad_request", '"keep_bytes"'),
        (b'{"id":1,"argv":["a"],"limits":[]}', 1, "bad_request", "object"),
        (b'{"id":1,"argv":["a"],"env":{"A=B":"c"}}', 1, "bad_request", '"env"'),
        (b'{"id":1,"argv":["a"],"env":{"A":1}}', 1, "bad_request", '"env"'),
        (b'{"id":1,"argv":["a"],"files":[{"path":"/work/x"}]}', 1, "bad_request", '"files"'),
        (b'{"id":1,"argv":["a"],"files":[{"path":"/work/x","data":"","data_base64":""}]}', 1, "bad_request", '"files"'),
        (b'{"id":1,"argv":["a"],"files":[{"path":"/work/x","data_base64":"!!!!"}]}', 1, "bad_request", "base64"),
        (b'{"id":1,"argv":["a"],"files_out":"/work/x"}', 1, "bad_request", '"files_out"'),
        (b'{"id":1,"argv":["a"],"limits":{"out_bytes":1000000000}}', 1, "bad_request", '"out_bytes"'),
        (b'{"id":1,"argv":["a"],"files":[7]}', 1, "bad_request", "request:1"),
        (b'{"id":1,"argv":["a"],"stdin":"x\\u0000"}', 1, "bad_request", "base64"),
        (b'{"id":1,"argv":["a"],"stdin":"\\ud800"}', 1, "bad_request", "base64"),
        (b'{"id":1,"argv":["a"],"stdin":"","stdin_base64":""}', 1, "bad_request", '"stdin"'),
        (b'{"id":1,"argv":["a"],"network":"host"}', 1, "bad_request", '"network"'),
        (b'{"id":1,"argv":["a"],"isolation":"none"}', 1, "bad_request", '"isolation"'),
        (b'{"id":1,"argv":["a"],"isolation":"reduced"}', 1, "isolation", "standard"),
        (b'{"id":1,"argv":["' + b"a" * 200000 + b'"]}', 1, "bad_request", "bytes"),
    ]

    def test_each_mistake_is_answered_by_one_line_that_says_what_and_why(self):
        text = b"\n".join(line for line, *_ in self.MISTAKES) + b'\n\n \r\n{"id":"last","argv":["/bin/true"]}'
        status, answers, _ = over_pipes(text)
        errors = {a["error"]["line"]: a for a in answers if "error" in a}
        self.assertEqual(status, 0)
        self.assertEqual(len(answers), len(self.MISTAKES) + 1)
        for number, (line, name, kind, why) in enumerate(self.MISTAKES, 1):
            with self.subTest(line=line[:80]):
                why = why.replace("request:1", f"request:{number}")
                self.assertEqual(errors[number]["id"], name)
                self.assertEqual(errors[number]["error"]["kind"], kind)
                self.assertRegex(errors[number]["error"]["message"], why)
        self.assertEqual([a["result"]["exit_code"] for a in answers if a["id"] == "last"], [0])

    def test_a_pair_of_surrogates_is_text(self):
        answers = over_pipes(b'{"id":1,"argv":["/bin/cat"],"stdin":"\\ud83d\\ude00 \\\\u0000"}')[1]
        self.assertEqual(answers[0]["result"]["stdout"]["head"], "\U0001f600 \\u0000")

    def test_a_line_that_is_too_long_is_skipped_and_the_next_one_heard(self):
        long = b'{"id":1,"argv":["' + b"x" * (17 << 20) + b'"]}\n'
        answers = over_pipes(long + lines({"id": 2, "argv": ["/bin/true"]}))[1]
        self.assertEqual(answers[0]["error"]["kind"], "too_long")
        self.assertEqual([a["id"] for a in answers], [None, 2])

    def test_an_id_stands_for_one_box_at_a_time(self):
        self.start()
        raw = Raw(self.path)
        raw.send(lines({"id": 1, "argv": ["/bin/sleep", "1000"], "limits": {"wall_ms": 60000}},
                       {"id": 1, "argv": ["/bin/true"]}))
        refusal = raw.answer()
        self.assertEqual((refusal["id"], refusal["error"]["kind"]), (None, "id_in_use"))
        raw.send(lines({"id": 1, "op": "cancel"}))
        self.assertEqual(raw.answer(), {"id": 1, "cancelled": True})
        self.assertEqual(raw.answer()["result"]["end"], "cancelled")
        raw.send(lines({"id": 1, "argv": ["/bin/true"]}))
        self.assertEqual(raw.answer()["result"]["end"], "exited")
        raw.send(lines({"id": 1, "op": "cancel"}))
        self.assertEqual(raw.answer(), {"id": 1, "cancelled": False})
        raw.close()

    # ---- many ----

    def test_a_thousand_requests_in_one_go_are_all_answered_by_their_own_box(self):
        self.start()
        with boxes.Boxes(self.path) as b:
            futures = [b.run(["/bin/echo", str(n)]) for n in range(1000)]
            answers = [f.result(PATIENCE_S) for f in futures]
        self.assertEqual([boxes.output(a) for a in answers], [b"%d\n" % n for n in range(1000)])
        self.assertEqual({a["result"]["end"] for a in answers}, {"exited"})

    def test_the_example_client_runs_side_by_side(self):
        self.start()
        done = subprocess.run([sys.executable, os.path.join(TOP, "examples", "boxes.py"), self.path],
                              capture_output=True, timeout=PATIENCE_S, check=True)
        self.assertEqual(len(done.stdout.splitlines()), 8)
        self.assertTrue(done.stdout.startswith(b"0 + 0 * 0 = 0 (exited"))

    def test_boxes_of_one_connection_run_at_the_same_time_up_to_the_bound(self):
        took = {}
        for jobs in ("1", "4"):
            start = time.monotonic()
            done = subprocess.run([PROGRAM, "serve", "--json", "-", "--jobs", jobs],
                                  input=lines(*({"id": n, "argv": ["/bin/sleep", "0.5"]} for n in range(4))),
                                  capture_output=True, timeout=PATIENCE_S, check=True)
            self.assertEqual(done.stdout.count(b'"end":"exited"'), 4)
            took[jobs] = time.monotonic() - start
        self.assertGreaterEqual(took["1"], 2.0)
        self.assertLess(took["4"], took["1"])

    def test_connections_take_turns(self):
        self.start("--jobs", "1")
        first, second = Raw(self.path), Raw(self.path)
        first.send(lines(*({"id": n, "argv": ["/bin/sleep", "0.05"]} for n in range(40))))
        first.answer()
        second.send(lines({"id": "quick", "argv": ["/bin/true"]}))
        second.answer()
        first.send(lines({"id": "all", "op": "info"}))
        seen = 1
        while first.answer()["id"] != "all":
            seen += 1
        self.assertLess(seen, 20)  # the second did not wait for all of the first's
        first.close()
        second.close()

    # ---- clients that vanish, and those that do not read ----

    def test_a_client_that_is_killed_takes_its_boxes_with_it(self):
        self.start("--jobs", "2")
        mark = "86123.5"
        script = ("import socket, sys, time\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                  "s.sendall(sys.argv[2].encode())\ntime.sleep(1000)\n")
        request = lines(*({"id": n, "argv": ["/bin/sleep", mark], "limits": {"wall_ms": 600000}}
                          for n in range(5))).decode()
        client = subprocess.Popen([sys.executable, "-c", script, self.path, request])
        pidfds = self.sleeper(mark)
        other = Raw(self.path)
        other.send(lines({"id": 1, "argv": ["/bin/true"]}))
        client.kill()
        client.wait()
        self.assertTrue(is_gone(pidfds))
        self.assertEqual(other.answer()["result"]["end"], "exited")
        self.assertEqual(pids_of(mark), [])
        other.close()

    def test_a_client_that_only_ends_its_requests_gets_all_answers(self):
        self.start()
        raw = Raw(self.path)
        raw.send(lines(*({"id": n, "argv": ["/bin/echo", "x"]} for n in range(5))))
        raw.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(sorted(raw.answer()["id"] for _ in range(5)), [0, 1, 2, 3, 4])
        self.assertEqual(raw.file.readline(), b"")
        raw.close()

    def test_a_client_that_does_not_read_stops_nobody_and_is_dropped(self):
        self.start("--stall", "300ms", "--jobs", "2")
        slow = Raw(self.path)
        loud = {"argv": ["/usr/bin/head", "-c", "1000000", "/dev/zero"], "limits": {"keep_bytes": 1 << 20}}
        slow.send(lines(*({"id": n, **loud} for n in range(100))))
        with boxes.Boxes(self.path) as b:
            for _ in range(10):
                self.assertEqual(boxes.output(b.run(["/bin/echo", "x"]).result(PATIENCE_S)), b"x\n")
            end = time.monotonic() + PATIENCE_S
            poll = select.poll()
            poll.register(slow.socket, 0)  # told when the other end is closed
            self.assertTrue(poll.poll((end - time.monotonic()) * 1000))
            self.assertEqual(boxes.output(b.run(["/bin/echo", "y"]).result(PATIENCE_S)), b"y\n")
        slow.close()

    def test_a_reader_that_is_gone_ends_a_server_on_pipes(self):
        mark = "86124.5"
        read, write = os.pipe()
        server = serve("-", stdin=subprocess.PIPE, stdout=write)
        os.close(write)
        server.stdin.write(lines({"id": 1, "argv": ["/bin/sleep", mark], "limits": {"wall_ms": 600000}}))
        server.stdin.flush()
        pidfds = self.sleeper(mark)
        os.close(read)
        self.assertEqual(server.wait(PATIENCE_S), 4)
        self.assertTrue(is_gone(pidfds))
        server.stdin.close()
        server.stderr.close()

    def test_servers_that_are_killed_leave_nothing_running(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            mark = f"86125.{int(number)}"
            server = self.start()
            raw = Raw(self.path)
            raw.send(lines({"id": 1, "argv": ["/bin/sleep", mark], "limits": {"wall_ms": 600000}}))
            pidfds = self.sleeper(mark)
            server.send_signal(number)
            self.assertEqual(server.wait(PATIENCE_S), -number if number == signal.SIGKILL else 0)
            self.assertTrue(is_gone(pidfds))
            self.assertEqual(os.path.exists(self.path), number == signal.SIGKILL)
            raw.close()
            if number == signal.SIGKILL:
                os.rename(self.path, self.path + ".left")

    def test_the_death_of_the_box_server_is_survived(self):
        server = self.start()
        raw = Raw(self.path)
        mark = "86126.5"
        raw.send(lines({"id": 1, "argv": ["/bin/sleep", mark], "limits": {"wall_ms": 600000}}))
        pidfds = self.sleeper(mark)
        with open(f"/proc/{server.pid}/task/{server.pid}/children", encoding="ascii") as f:
            children = [int(pid) for pid in f.read().split()]
        self.assertEqual(len(children), 1)
        os.kill(children[0], signal.SIGKILL)
        self.assertEqual(raw.answer()["result"]["end"], "setup_failed")
        self.assertTrue(is_gone(pidfds))
        raw.send(lines({"id": 2, "argv": ["/bin/true"]}))
        self.assertEqual(raw.answer()["result"]["end"], "exited")
        raw.close()

    # ---- the socket ----

    def test_the_socket_is_for_its_user_alone(self):
        old = os.umask(0)
        try:
            self.start()
        finally:
            os.umask(old)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(os.listdir(self.folder.name), ["s"])

    def test_another_user_is_turned_away_even_where_the_mode_lets_them_in(self):
        if os.getuid() != 0:
            self.skipTest("not root: cannot become another user")
        self.start()
        os.chmod(self.folder.name, 0o755)
        os.chmod(self.path, 0o666)
        script = ("import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                  "try:\n s.sendall(b'{\"id\":1,\"op\":\"info\"}\\n')\n print(s.recv(100))\n"
                  "except OSError:\n print(b'')\n")
        for user, said in ((65534, b"b''\n"), (0, b"b'{\"id\":1,\"info\"")):
            done = subprocess.run(["/usr/bin/python3", "-c", script, self.path], user=user,
                                  stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True)
            self.assertTrue(done.stdout.startswith(said), done.stdout)

    def test_a_living_server_is_not_pushed_aside(self):
        self.start()
        self.assertIn("another server is there", self.refused())
        raw = Raw(self.path)
        raw.send(lines({"id": 1, "op": "info"}))
        self.assertEqual(raw.answer()["id"], 1)
        raw.close()
        self.assertEqual(os.listdir(self.folder.name), ["s"])

    def test_what_a_killed_server_left_is_taken(self):
        server = self.start()
        server.kill()
        server.wait()
        old = os.stat(self.path).st_ino
        self.servers.append(serve(self.path))
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists(self.path) or os.stat(self.path).st_ino == old:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        raw = Raw(self.path)
        raw.send(lines({"id": 1, "op": "info"}))
        self.assertEqual(raw.answer()["id"], 1)
        raw.close()

    def test_what_is_no_socket_of_ours_stays(self):
        with open(self.path, "w", encoding="ascii") as f:
            f.write("precious")
        self.assertIn("is no socket", self.refused())
        with open(self.path, encoding="ascii") as f:
            self.assertEqual(f.read(), "precious")
        os.unlink(self.path)
        os.symlink("elsewhere", self.path)
        self.assertIn("is no socket", self.refused())
        self.assertEqual(os.readlink(self.path), "elsewhere")
        os.unlink(self.path)
        if os.getuid() == 0:
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(self.path)
            os.chown(self.path, 65534, 65534)
            self.assertIn("somebody else's", self.refused())
        self.path = os.path.join(self.folder.name, "no", "folder")
        self.assertIn("no socket can be made", self.refused())


if __name__ == "__main__":
    unittest.main()
