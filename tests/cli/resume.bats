# SPDX-License-Identifier: Apache-2.0
# A run ends with the same totals, however often it was killed or interrupted on the way.
load helpers

# Six answers a task, right and wrong by turns, each of which takes a moment.
write_slow() {
	write_suite
	for i in 1 2 3; do
		for task in one two three; do
			sample $task "__import__('time').sleep(0.2); return a + b"
			sample $task "__import__('time').sleep(0.2); return a - b - $i"
		done
	done >slow.jsonl
}

start() {
	assay score suite.jsonl --samples slow.jsonl --jobs 2 "$@" >out 2>err 3>&- &
	pid=$!
}

# No sample twice, none missing, and the verdicts that a run in one piece gives.
check_whole() {
	assay_run score suite.jsonl --samples slow.jsonl --jobs 2 --results r.jsonl "$@"
	expect 0
	grep -q "going on with an unfinished run" <<<"$stderr"
	[ "$(jq -s length r.jsonl)" -eq 18 ]
	[ "$(jq -r .passed r.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = " 9 false 9 true " ]
	[ "$(stored)" -eq 18 ]
	[ "$(assay runs --json | jq -c '[.[].state]')" = '["done"]' ]
}

@test "killed with kill -9 in the middle, twice, the same command goes on" {
	write_slow
	start
	wait_for_stored 2
	kill -9 $pid
	wait $pid || true
	before=$(stored)
	[ "$before" -lt 18 ]
	start
	wait_for_stored $((before + 2))
	kill -9 $pid
	wait $pid || true
	check_whole
}

@test "nothing is judged again that has its verdict" {
	write_slow
	start
	wait_for_stored 2
	kill -9 $pid
	wait $pid || true
	rows='select task, sample_index, wall_ns from samples order by 1, 2'
	/usr/bin/python3 -c 'import sqlite3,sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]),sep="\n")' \
		"$ASSAY_STORE" "$rows" >before
	check_whole
	/usr/bin/python3 -c 'import sqlite3,sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]),sep="\n")' \
		"$ASSAY_STORE" "$rows" >after
	[ -z "$(comm -23 <(sort before) <(sort after))" ]
}

@test "Ctrl-C finishes what runs, tells how to go on, and exits 130" {
	write_slow
	start
	wait_for_stored 2
	kill -INT $pid
	wait $pid && code=0 || code=$?
	[ "$code" -eq 130 ]
	grep -q "^assay: interrupted: .* of 18 verdicts; the same command goes on" err
	[ "$(stored)" -eq "$(sed 's/.* has \([0-9]*\) of.*/\1/' err)" ]
	check_whole
}

@test "SIGTERM is the same" {
	write_slow
	start
	wait_for_stored 2
	kill -TERM $pid
	wait $pid && code=0 || code=$?
	[ "$code" -eq 130 ]
	check_whole
}

@test "a second Ctrl-C stops at once what would run on" {
	write_suite
	for i in 1 2 3; do sample one "__import__('time').sleep(50 + $i)"; done >long.jsonl
	sample two "return a + b" >>long.jsonl
	{ sample two "return a + b"; cat long.jsonl; } | jq -c . >x.jsonl
	assay score suite.jsonl --samples x.jsonl --jobs 2 --wall 100s >out 2>err 3>&- &
	pid=$!
	wait_for_stored 1
	kill -INT $pid
	began=$SECONDS
	while kill -INT $pid 2>/dev/null; do
		[ $((SECONDS - began)) -lt 20 ]
		sleep 0.1
	done
	wait $pid && code=0 || code=$?
	[ "$code" -eq 130 ]
	[ "$(stored)" -ge 1 ]
}

@test "another command does not go on with the run: limits, samples, model, --fresh" {
	write_slow
	start
	wait_for_stored 2
	kill -9 $pid
	wait $pid || true
	head -6 slow.jsonl >few.jsonl
	for other in "--samples few.jsonl" "--samples few.jsonl --cpu 2s" \
		"--samples few.jsonl --model other" "--samples few.jsonl --fresh"; do
		# shellcheck disable=SC2086
		assay_run score suite.jsonl $other
		expect 0
		[[ $stderr != *"going on"* ]]
	done
	[ "$(assay runs --json | jq -c '[.[].state]')" = '["done","done","done","done","open"]' ]
}

@test "two processes do not score one run" {
	write_slow
	start
	wait_for_stored 1
	assay_run score suite.jsonl --samples slow.jsonl --jobs 2
	expect 4
	grep -q "another process" <<<"$stderr"
	wait $pid
	[ "$(stored)" -eq 18 ]
}

@test "an unfinished run can be reported" {
	write_slow
	start
	wait_for_stored 2
	kill -9 $pid
	wait $pid || true
	assay_run report @1
	expect 0
	[ "$(assay runs --json | jq -r '.[0].state')" = open ]
}

@test "without the box server nothing is judged and nothing stored" {
	write_slow
	ASSAY_BOX=/bin/false assay_run score suite.jsonl --samples slow.jsonl
	expect 4
	[[ $stderr == "assay: "* ]]
	[ "$(stored)" -eq 0 ]
}

@test "when the box server dies the run stops, and goes on with a new one" {
	write_slow
	start
	wait_for_stored 2
	server=$(ps -o pid= --ppid $pid | head -1)
	kill -9 "$server"
	wait $pid && code=0 || code=$?
	[ "$code" -eq 4 ]
	[ "$(grep -c '' err)" -eq 1 ]
	check_whole
	[ "$(jq -r .outcome r.jsonl | grep -c invalid)" -eq 0 ]
}
