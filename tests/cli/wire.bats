#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The Python parts of the function oracle, by themselves: no box, no untrusted code.

@test "the wire, both its ends and the control behave as their unit tests say" {
	run /usr/bin/python3 -B "$BATS_TEST_DIRNAME/../unit/test_wire.py"
	echo "$output"
	[ "$status" -eq 0 ]
}
