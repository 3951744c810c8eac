# SPDX-License-Identifier: Apache-2.0
# What proves a verdict is kept with it; what lies near a limit is run again alone; and the load of
# the machine decides nothing.
load helpers

# burn SECONDS: a body that uses so much CPU time and then is right.
burn() {
	echo "t = __import__('time'); [None for _ in iter(lambda: t.process_time() < $1, False)]; return a + b"
}

# One value of the results for each line of the samples.
result() {
	jq -c "$1" r.jsonl
}

@test "verdicts that are not passes carry what proved them" {
	write_suite
	{
		sample one "return a + b"
		sample one "return a - b"
		sample one "return len(bytearray(400 << 20)) and a + b"
		sample one "__import__('os').kill(__import__('os').getpid(), 11)"
		sample one "print('x' * (2 << 20)); return a + b"
		sample one "__import__('ctypes').CDLL(None).unshare(1 << 28); __import__('os')._exit(3)"
		sample one "while True: pass"
	} >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --mem 100M --output 1M --cpu 300ms --results r.jsonl
	expect 0
	[ "$(result .status | tr -d '"' | tr '\n' ' ')" = "passed wrong_answer memory_limit runtime_error output_limit forbidden_call time_limit " ]
	[ "$(sed -n 1p r.jsonl | jq 'has("evidence")')" = false ]
	[ "$(sed -n 2p r.jsonl | jq -r '.evidence.box')" = answer ]
	sed -n 3p r.jsonl | jq -e '.evidence | .end == "memory_limit" and .peak_bytes >= 90e6 and (.peak_source != "cgroup" or .oom_kills >= 1)'
	sed -n 4p r.jsonl | jq -e '.evidence | .end == "signaled" and .signal == 11 and .switches_voluntary >= 0'
	sed -n 5p r.jsonl | jq -e '.evidence | .end == "output_limit" and .stdout_bytes > 1048576'
	sed -n 6p r.jsonl | jq -e '.evidence | .denied == [{call: "unshare", nr: 272}] or (.denied[0].call == "unshare" and .denied[0].nr > 0)'
	sed -n 6p r.jsonl | jq -e '.evidence.exit_code == 3'
	sed -n 7p r.jsonl | jq -e '.evidence | .end == "cpu_limit" and .cpu_ns > 375e6 and (has("exit_code") | not)'
	sed -n 7p r.jsonl | jq -e '.evidence | has("wait_ns") and .pressure_source != null'
	# neither a quarter beyond the limit nor far below it: nothing to run again
	sed -n 7p r.jsonl | jq -e '.evidence | has("rerun") | not'
}

@test "what lies near a limit is run again alone, and both verdicts are recorded" {
	write_suite
	{
		sample one "$(burn 0.45)"
		sample two "$(burn 0.55)"
		sample three "return a + b"
		sample one "return a - b"
	} >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --cpu 500ms --results r.jsonl
	expect 0
	[ "$(result .status | tr -d '"' | tr '\n' ' ')" = "passed time_limit passed wrong_answer " ]
	[ "$(result '.evidence.rerun.near // "-"' | tr -d '"' | tr '\n' ' ')" = "cpu cpu - - " ]
	sed -n 2p r.jsonl | jq -e '.evidence.rerun.first | .status == "time_limit" and .exit_code == 0 and .cpu_ns > 5e8 and .cpu_ns < 6.25e8'
	grep -q "^rerun    2 near a limit, run again alone: 0 with another status then" <<<"$output"
	assay_run report @1 --json -
	jq -e '.reruns == {done: 2, changed: 0, beyond_bound: 0}' <<<"$output"
}

# Right and near its limit until a certain time, wrong from then on; its neighbour lasts longer.
@test "the second verdict decides" {
	write_suite
	for task in one two; do sample $task "return a + b"; done >x.jsonl
	assay score suite.jsonl --samples x.jsonl --cpu 500ms --wall 60s -q >/dev/null # proves the tasks
	{
		sample one "t = __import__('time'); late = t.time() > $(date +%s) + 8; $(burn 0.45) + late"
		sample two "__import__('time').sleep(12); return a + b"
	} >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --cpu 500ms --wall 60s --results r.jsonl
	expect 0
	[ "$(result .status | tr -d '"' | tr '\n' ' ')" = "wrong_answer passed " ]
	sed -n 1p r.jsonl | jq -e '.outcome == "failed" and .evidence.rerun.first.status == "passed"'
	grep -q "^rerun    1 near a limit, run again alone: 1 with another status then" <<<"$output"
}

@test "how many are run again is bounded, and the scorecard says when the bound was reached" {
	write_suite
	for i in $(seq 13); do
		sample one "x = $i; return len(bytearray(400 << 20)) and a + b"
	done >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --mem 64M --results r.jsonl
	expect 0
	[ "$(result .status | sort -u)" = '"memory_limit"' ]
	[ "$(result '.evidence.rerun.is_done' | tr '\n' ' ')" = "$(yes true | head -10 | tr '\n' ' ')false false false " ]
	tr -s ' \n' ' ' <<<"$output" | grep -q "3 samples near a limit were not run again alone"
}

@test "killed while some are run again, the same command judges those anew and no other" {
	write_suite
	{
		for i in 1 2 3 4; do sample one "x = $i; $(burn 0.45)"; done
		sample two "return a + b"
		sample three "return a - b"
	} >x.jsonl
	assay score suite.jsonl --samples x.jsonl --cpu 500ms >out 2>err 3>&- &
	pid=$!
	wait_for_stored 3
	kill -9 $pid
	wait $pid || true
	before=$(stored)
	[ "$before" -lt 6 ]
	assay_run score suite.jsonl --samples x.jsonl --cpu 500ms --results r.jsonl
	expect 0
	grep -q "going on with an unfinished run: $before of 6" <<<"$stderr"
	[ "$(stored)" -eq 6 ]
	[ "$(result .status | tr -d '"' | tr '\n' ' ')" = "passed passed passed passed passed wrong_answer " ]
	[ "$(result 'select(.evidence.rerun.is_done)' | wc -l)" -eq 4 ]
	assay_run runs @1 --json
	jq -e '.host_noise | length == 2 and (.[0] | has("after") | not) and (.[1] | has("after"))' <<<"$output"
}

@test "a wall limit below the CPU limit is warned of, and one that is not given follows the CPU limit" {
	write_suite
	sample one "return a + b" >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --cpu 2s --wall 1s
	expect 0
	grep -q "^assay: warning: --wall 1000 ms" <<<"$stderr"
	assay_run score suite.jsonl --samples x.jsonl --cpu 20s
	expect 0
	[[ $stderr != *"--wall"* ]]
	assay_run runs @1 --json
	jq -e '.config.limits | .wall_ms == 61000 and .wall_max_ms == 488000 and .cpu_slack_ms == 5000' <<<"$output"
}

@test "more jobs than CPUs are lowered to the CPUs that are really there" {
	write_suite
	sample one "return a + b" >x.jsonl
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	run --separate-stderr taskset -c "$cpu" assay score suite.jsonl --samples x.jsonl --jobs 3
	expect 0
	[ "$(grep -c -- --jobs <<<"$stderr")" -eq 1 ]
	grep -q "^assay: warning: --jobs 3: 1 CPU is available here (limited by: [a-z]*), so 1 at a time" <<<"$stderr"
	assay_run runs @1 --json
	jq -e '.config.slots == 1 and .host_noise[0].slots == 1 and .host_noise[0].cpus == 1' <<<"$output"
}

@test "a store of the first schema is taken over" {
	write_suite
	sample one "return a + b" >x.jsonl
	assay score suite.jsonl --samples x.jsonl -q >/dev/null
	/usr/bin/python3 - "$ASSAY_STORE" <<-'EOF' || skip_loudly "Python's SQLite cannot drop columns"
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	for table, column in ("samples", "rerun"), ("samples", "evidence"), ("runs", "noise"), ("proofs", "code"):
	    db.execute(f"alter table {table} drop column {column}")
	db.execute("pragma user_version = 1")
	db.commit()
	EOF
	assay_run report @1 --json -
	expect 0
	jq -e '.counts.passed == 1 and .host_noise == null and .reruns.done == 0' <<<"$output"
	assay_run runs @1
	expect 0
	sample one "return a - b" >y.jsonl
	assay_run score suite.jsonl --samples y.jsonl --results r.jsonl
	expect 0
	jq -e '.evidence.box == "answer"' r.jsonl
}

@test "runs RUN tells under which conditions a run was scored" {
	write_suite
	sample one "return a + b" >x.jsonl
	refuses 3 "no store" runs @1
	assay score suite.jsonl --samples x.jsonl -q >/dev/null
	assay_run runs @1
	expect 0
	grep -q '^limits .*"cpu_ms":3000' <<<"$output"
	grep -q '^session .*calibration before: .*calibration after: ' <<<"$output"
	refuses 3 "@7" runs @7
	refuses 2 "one too many" runs @1 @2
}

# ---- load

# Eight loops, in sessions of their own, which get equal shares where the kernel groups by them.
start_load() {
	loops=()
	for _ in 1 2 3 4 5 6 7 8; do
		setsid timeout 120 sh -c 'while :; do :; done' 3>&- &
		loops+=($!)
	done
}

stop_load() {
	kill "${loops[@]}" 2>/dev/null || true
	wait "${loops[@]}" 2>/dev/null || true
}

# 164 answers: right, wrong, raising, at half of the CPU limit, without end, asleep.
write_many() {
	write_suite
	local i
	for i in $(seq 38); do
		sample one "x = $i; return a + b"
		sample two "x = $i; return a - b"
		sample three "x = $i; return [a + b][x]"
		sample one "x = $i; return sum([a, b])"
	done >many.jsonl
	{
		for i in 1 2 3 4; do sample two "x = $i; $(burn 0.2)"; done
		for i in 1 2 3; do sample one "x = -$i; return a + b"; done
		for i in 1 2; do sample three "x = $i; $(burn 1)"; done
		for i in 1 2; do sample one "while $i: pass"; done
		sample two "__import__('time').sleep(60)"
	} >>many.jsonl
}

@test "164 samples have the same outcomes alone and beside eight busy loops" {
	write_many
	[ "$(wc -l <many.jsonl)" -eq 164 ]
	assay score suite.jsonl --samples many.jsonl --cpu 400ms --results alone.jsonl -q >/dev/null
	start_load
	assay score suite.jsonl --samples many.jsonl --cpu 400ms --results loaded.jsonl -q --model loaded >report && code=0 || code=$?
	stop_load
	[ "$code" -eq 0 ]
	diff <(jq -r .status alone.jsonl) <(jq -r .status loaded.jsonl)
	[ "$(jq -r .outcome alone.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = " 81 failed 83 passed " ]
	# the machine was busy, and the report says so
	tr -s ' \n' ' ' <report | grep -q "host noise: "
}
