# SPDX-License-Identifier: Apache-2.0
"""The check of docs/PERFORMANCE.md: which table it reads, and when a promise counts as broken."""
import os
import sys
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests", "bench"))
import promise  # noqa: E402

HEAD = "| time of | at most | times that of |\n|---|---:|---|\n"


class Parse(unittest.TestCase):
    def test_rows_of_the_table_and_no_others_are_promises(self):
        text = ("| way | us |\n|---|---|\n| `a` | 5 |\n\n" + HEAD +
                "| `a b` | 2.5 | `c` |\n| `d` | 3 | `c` |\n\nprose | with a bar\n")
        self.assertEqual(promise.parse(text), [("a b", 2.5, "c"), ("d", 3.0, "c")])

    def test_what_is_not_a_promise_in_the_table_is_refused(self):
        for row in ("| a | 2 | `b` |", "| `a` | about 2 | `b` |", "| `a` | 2 | |", "| `a` | -1 | `b` |",
                    "| `a` | 2 |"):
            with self.subTest(row), self.assertRaises(ValueError):
                promise.parse(HEAD + row + "\n")

    def test_no_table_is_refused(self):
        for text in ("", "# What it costs\n", HEAD):
            with self.subTest(text), self.assertRaises(ValueError):
                promise.parse(text)

    def test_the_document_promises_what_can_be_measured(self):
        with open(os.path.join(TOP, "docs", "PERFORMANCE.md"), encoding="utf-8") as f:
            promises = promise.parse(f.read())
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(ValueError):
                promise.new_check([*promises, ("tea", 1.0, "vfork+exec true")], "/bin", folder)
            promise.new_check(promises, "/bin", folder)


class Judge(unittest.TestCase):
    def check(self, *runs):
        c = promise.Check([("box", 2.0, "plain"), ("warm", 1.0, "cold")])
        for run in runs:
            c.add(run, {})
        return c

    def test_a_ratio_above_its_limit_is_broken(self):
        c = self.check({"box": 201, "plain": 100, "warm": 9, "cold": 10})
        self.assertEqual(c.open_ones(), [("box", 2.0, "plain")])

    def test_a_ratio_at_its_limit_is_kept(self):
        self.assertEqual(self.check({"box": 200, "plain": 100, "warm": 1, "cold": 1}).open_ones(), [])

    def test_one_good_run_of_several_is_enough_and_ratios_do_not_mix_runs(self):
        bad, good = {"box": 300, "plain": 100}, {"box": 600, "plain": 400}
        rest = {"warm": 1, "cold": 2}
        self.assertEqual(self.check({**bad, **rest}, good).open_ones(), [])
        # the least time of the one run over the largest of the other would keep it
        self.assertEqual(self.check({**bad, **rest}, {"box": 900, "plain": 400}).open_ones(),
                         [("box", 2.0, "plain")])

    def test_what_was_never_measured_is_broken(self):
        self.assertEqual(len(self.check().open_ones()), 2)
        self.assertEqual(self.check({"box": 1, "plain": 1}).open_ones(), [("warm", 1.0, "cold")])

    def test_a_rival_may_be_missing_and_what_is_ours_may_not(self):
        promises = [("box", 2.0, "plain"), ("box", 0.4, "bwrap true")]
        c = promise.Check(promises)
        c.add({"box": 1, "plain": 1}, {"bwrap true": "does not run here"})
        self.assertEqual(c.open_ones(), [])
        c = promise.Check(promises)
        c.add({"plain": 1, "bwrap true": 1}, {"box": "does not run here"})
        self.assertEqual(c.open_ones(), promises)


if __name__ == "__main__":
    unittest.main()
